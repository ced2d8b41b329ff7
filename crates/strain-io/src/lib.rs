//! Borehole strain recordings, stations and catalogues: formats, cleaning, tides, quality, synthetic networks.
//!
//! A [`Recording`] holds the channels of one station on a uniform [`TimeGrid`], NaN where a value
//! is missing, with a [`Provenance`] for every sample. Times are UTC, strain is nanostrain
//! (positive in extension), pressure hPa.

mod atomic;
mod bad_row;
mod catalogue;
mod cenc;
mod csv_file;
mod error;
mod grid;
#[cfg(feature = "parquet")]
mod parquet_file;
mod prepare;
mod provenance;
mod quality;
mod read;
mod recognise;
mod recording;
mod stations;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
mod synth;
mod table;
mod text;
mod text_table;
mod unit;

pub use atomic::{remove_abandoned, write_atomically};
pub use bad_row::{BadRow, RowProblem};
pub use catalogue::{
    Catalogue, CatalogueOptions, Event, read_catalogue_csv, read_catalogue_csv_skipping, read_eqt,
    read_eqt_skipping,
};
pub use cenc::{CencFileName, CencOptions, read_cenc_text};
pub use csv_file::{ColumnSpec, CsvOptions, Header, read_csv, write_csv};
pub use error::{Result, StrainIoError};
pub use grid::TimeGrid;
pub use ndarray;
#[cfg(feature = "parquet")]
pub use parquet_file::{ParquetOptions, read_parquet, write_parquet};
pub use prepare::{
    Calibration, Gap, GaugeReport, KnownStep, PrepareConfig, PrepareReport, Prepared,
    PressureResponse, Refit, Span, Spike, SpikeConfig, Stage, Step, StepConfig, StepSource,
    TidalConstituent, TidalSet, Trend, TrendConfig, TrendModel, calibrate, prepare, substitutions,
};
pub use provenance::Provenance;
pub use quality::{
    ChannelQuality, QualityConfig, QualityReport, ReferenceCandidate, ReferenceRank, ReferenceRule,
    SelfConsistency, assess, assess_read, rank_references,
};
pub use read::{Read, Skipped};
pub use recognise::{ReadOptions, Recognised, RecordingFormat, read_recording, recognise};
pub use recording::{Channel, Recording};
pub use stations::{
    BoreholeSite, StationChannel, borehole_sites, read_stations_csv, read_stations_csv_skipping,
};
pub use synth::{
    DriftTruth, GapTruth, NetworkFormat, NetworkTruth, PressureTruth, SpikeTruth, StationTruth,
    StepTruth, SynthConfig, SynthDrift, SynthFaults, SynthNoise, SyntheticNetwork,
    SyntheticStation, TideTruth, Transient, network, write_network,
};
pub use text::TimeFormat;
pub use text_table::{TextTable, read_text_table};
pub use unit::Unit;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
