//! The `stmn` command.
fn main() {}
