//! What the book and the front page say beside their Rust blocks, which are doctests: commands that
//! can be understood, files that are there, keys that exist and are all listed, links that lead
//! somewhere.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod commands;
mod documents;
mod files;
mod forecast_keys;
mod keys;
mod links;
mod pages;
