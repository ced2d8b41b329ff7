//! `stmn forecast`: every task from a table to figures, refusals, resuming, published checkpoints.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod data;
mod published;
mod refusals;
mod resume;
mod seen;
mod tasks;
