//! `stmn forecast`: every task from a table to figures, refusals, resuming, published checkpoints.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod damaged;
mod data;
mod few;
mod published;
mod refusals;
mod resume;
mod seen;
mod sizes;
mod tasks;
