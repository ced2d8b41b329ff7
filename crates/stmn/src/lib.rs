//! stmn
