//! Learn how the crust breathes at a quiet station, carry the model to stations near an earthquake, and say honestly whether anything built up there
