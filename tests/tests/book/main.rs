//! What the book and the front page say beside their Rust blocks, which are doctests: commands that
//! can be understood, files that are there, keys that exist and are all listed, links that lead
//! somewhere, pictures that are those of the command which draws them.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

#[path = "../../../crates/strain-io/examples/clean_figures/catalogues.rs"]
mod catalogues;
#[path = "../../../crates/strain-io/examples/clean_figures/figures.rs"]
mod cleaning;
mod commands;
mod documents;
#[path = "../../../crates/strain-io/examples/clean_figures/draw.rs"]
mod draw;
mod examples;
mod figures;
mod files;
mod forecast_keys;
mod keys;
mod links;
mod pages;
#[path = "../../../crates/strain-io/examples/clean_figures/stations.rs"]
mod stations;
