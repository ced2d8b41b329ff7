//! Learn a quiet reference station, carry the model unchanged to its neighbours, and test what is anomalous there: stages, run directory, report
