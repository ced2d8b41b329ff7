//! Variational mode decomposition: the exact reference algorithm, a converged solver, and segmented (sliding-window) forms
