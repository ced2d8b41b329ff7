//! Dense least squares, SVD and symmetric eigenproblems behind one small trait, with a pure-Rust and a LAPACK implementation
