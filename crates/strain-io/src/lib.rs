//! Borehole strain recordings, stations and catalogues: formats, cleaning, tides, quality, synthetic networks.
//!
//! A [`Recording`] holds the channels of one station on a uniform [`TimeGrid`], NaN where a value
//! is missing, with a [`Provenance`] for every sample. Times are UTC, strain is nanostrain
//! (positive in extension), pressure hPa.

#[cfg(feature = "arrow")]
mod arrow_file;
mod atomic;
#[cfg(test)]
mod backend_tests;
mod bad_row;
mod catalogue;
mod cenc;
mod clean;
mod concatenate;
mod csv_file;
mod decimate;
mod error;
#[cfg(feature = "parquet")]
mod flat_file;
mod gauges;
mod gnss;
mod grid;
mod identify;
mod miniseed;
mod note;
#[cfg(feature = "parquet")]
mod parquet_file;
mod pbo;
mod prepare;
mod provenance;
mod quality;
mod read;
mod recognise;
mod recording;
mod response;
mod robust;
mod segments;
mod seismicity;
mod split;
mod stations;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
mod synth;
mod table;
mod text;
mod text_table;
mod tide;
mod trimmed;
mod unit;
mod xml;

#[cfg(feature = "arrow")]
pub use arrow_file::{read_arrow, write_arrow};
pub use atomic::{remove_abandoned, write_atomically};
pub use bad_row::{BadRow, RowProblem};
pub use catalogue::{
    Catalogue, CatalogueFormat, CatalogueOptions, CatalogueRead, DuplicateTolerance, Event,
    ReadCatalogueOptions, read_catalogue, read_catalogue_csv, read_catalogue_csv_skipping,
    read_eqt, read_eqt_skipping,
};
pub use cenc::{CencFileName, CencOptions, read_cenc_text};
pub use clean::{
    Change, Cleaned, Coseismic, CoseismicContext, CoseismicRule, Curing, DriftConfig, DriftFit,
    FillConfig, FillMethod, HampelConfig, Offset, OffsetConfig, Onset, fill_gaps, find_offsets,
    fit_drift, label_coseismic, remove_offsets, remove_spikes,
};
pub use csv_file::{
    ColumnSpec, CsvOptions, CsvSpans, CsvWriteOptions, Header, read_csv, read_csv_spans, write_csv,
    write_csv_with,
};
pub use decimate::{DecimateConfig, DecimateStream, FilterPhase, FirFilter, decimate};
pub use error::{Result, StrainIoError};
#[cfg(feature = "parquet")]
pub use flat_file::ParquetOptions;
pub use gauges::{
    GaugeCoupling, GaugeMatrix, GaugeNoise, PrincipalStrain, TheoryFits, plane_strain,
    principal_strain, principal_strains, tidal_calibration,
};
pub use gnss::{NeuOptions, read_neu};
pub use grid::TimeGrid;
pub use identify::{FileKind, Identified, identify};
pub use miniseed::{MiniSeedOptions, read_miniseed};
pub use ndarray;
pub use note::ReadNote;
#[cfg(feature = "parquet")]
pub use parquet_file::{
    ParquetDays, read_parquet, read_parquet_days, write_parquet, write_parquet_days,
};
pub use pbo::{
    BottleName, BottleOptions, Level2Options, Linearisation, read_bottles, read_pbo_level2,
};
pub use prepare::{
    Calibration, Gap, GaugeReport, KnownStep, PrepareConfig, PrepareReport, PrepareStream,
    Prepared, PreparedPiece, PressureResponse, Refit, Span, Spike, SpikeConfig, Stage, Step,
    StepConfig, StepSource, TidalConstituent, Trend, TrendConfig, TrendModel, calibrate, prepare,
    prepare_with_catalogue, substitutions,
};
pub use provenance::Provenance;
#[cfg(feature = "plots")]
pub use quality::station_page;
pub use quality::{
    AssessStream, ChannelQuality, ConsistencyWindow, Earthquakes, GaugeQuality, NoiseSpectrum,
    PowerLaw, QualityConfig, QualityReport, ReferenceCandidate, ReferenceRank, ReferenceRule,
    SelfConsistency, SpectrumConfig, StationContext, StationQuality, assess, assess_read,
    assess_station, assess_station_spectra, consistency_series, noise_spectrum, rank_references,
};
pub use read::{Read, SitePosition, Skipped};
pub use recognise::{
    ReadOptions, Recognised, RecordingFormat, read_recording, read_recording_files, recognise,
};
pub use recording::{Channel, Recording};
pub use response::{
    Corrected, Driver, DriverResponse, Harmonic, LagCoefficient, ResponseConfig, ResponseFit,
    TidalFactor, Transfer, fit_response, tidal_factor_series, tidal_factors,
};
pub use segments::{Seam, SeamKind};
pub use seismicity::{
    BValue, Clusters, Completeness, GardnerKnopoff, NearestNeighbour, NearestNeighbours, Neighbour,
    b_value, completeness_goodness_of_fit, completeness_max_curvature, decluster_gardner_knopoff,
    decluster_nearest_neighbour, dobrovolsky_radius_km, preparing_at,
};
pub use stations::{
    BoreholeSite, GtsmSite, ReadStationsOptions, StationChannel, StationFormat, StationOptions,
    StationsRead, borehole_sites, read_gtsm_sites, read_gtsm_sites_skipping, read_stations,
    read_stations_csv, read_stations_csv_skipping, read_stations_csv_with, read_stations_with,
};
pub use synth::{
    DriftTruth, GapTruth, Ingredient, NetworkFormat, NetworkTruth, PressureTruth, SpikeTruth,
    StationParts, StationTruth, StepTruth, SynthConfig, SynthDrift, SynthFaults, SynthNoise,
    SynthPressure, SynthTide, SyntheticNetwork, SyntheticStation, TideCoupling, TideTruth,
    Transient, network, network_with_parts, write_network,
};
pub use text::TimeFormat;
pub use text_table::{TextTable, read_text_table, read_text_table_skipping};
pub use tide::{LoveNumbers, SolidTide, TidalSet, TideSite, solid_tide};
pub use unit::Unit;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
