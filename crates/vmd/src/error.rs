use std::time::Duration;

use thiserror::Error;

/// Why a decomposition was refused. Not converging is no error: see
/// [`StopReason`](crate::StopReason).
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum VmdError {
    /// No decomposition is defined on so few samples.
    #[error("the signal has {len} samples, at least {needed} are needed")]
    TooShort {
        /// Samples given (after an odd last one was dropped, where the configuration drops it).
        len: usize,
        /// The fewest that can be decomposed.
        needed: usize,
    },
    /// A sample is NaN or infinite.
    #[error("sample {index} is {value}; fill or cut gaps before decomposing")]
    NotFinite {
        /// Index of the first such sample.
        index: usize,
        /// The value found there.
        value: f64,
    },
    /// A sample of a multivariate signal is NaN or infinite.
    #[error("sample {index} of channel {channel} is {value}; fill or cut gaps before decomposing")]
    ChannelNotFinite {
        /// The channel.
        channel: usize,
        /// Index of its first such sample.
        index: usize,
        /// The value found there.
        value: f64,
    },
    /// A multivariate signal has no channels.
    #[error("the signal has no channels; its shape is [time, channel]")]
    NoChannels,
    /// A plan was given a multivariate signal of another number of channels.
    #[error(
        "this plan decomposes {expected} channels, the signal has {got}; its shape is [time, channel]"
    )]
    ChannelMismatch {
        /// Channels that the plan was made for.
        expected: usize,
        /// Channels of the signal.
        got: usize,
    },
    /// Given penalties do not fit the number of modes.
    #[error("{got} penalties for {expected} modes; give one for each mode")]
    ModeAlphaCount {
        /// Modes asked for.
        expected: usize,
        /// Penalties given.
        got: usize,
    },
    /// A plan was given a signal of another length.
    #[error("this plan decomposes {expected} samples, the signal has {got}; make a plan for {got}")]
    LengthMismatch {
        /// Length that the plan was made for.
        expected: usize,
        /// Length of the signal.
        got: usize,
    },
    /// `modes` is zero.
    #[error("modes = 0: ask for at least one mode")]
    NoModes,
    /// More modes than half the samples cannot be told apart.
    #[error("modes = {modes} is more than half of the {len} samples; ask for at most {max}")]
    TooManyModes {
        /// Modes asked for.
        modes: usize,
        /// Samples to decompose.
        len: usize,
        /// Most modes for so many samples.
        max: usize,
    },
    /// A penalty is not positive, or above 1e100 (for `f32` signals 1e12).
    #[error(
        "alpha = {value} must be positive, at most 1e100, 1e12 for f32 (the literature uses about \
         50 to 1e5)"
    )]
    InvalidAlpha {
        /// The value given.
        value: f64,
    },
    /// Penalties of the modes differ too much to be computed with.
    #[error("alpha = {value} of a mode is too far below the largest one; give at least {least:e}")]
    AlphaTooSmall {
        /// The value given.
        value: f64,
        /// The smallest that goes with the others.
        least: f64,
    },
    /// A share of energy or an overlap is not between 0 and 1.
    #[error("{value} must be between 0 and 1")]
    InvalidShare {
        /// The value given.
        value: f64,
    },
    /// `tau` is negative or not finite.
    #[error("tau = {value} must be finite and not negative (0 leaves noise in the residual)")]
    InvalidTau {
        /// The value given.
        value: f64,
    },
    /// Dual ascent with a large `tau` grows from sweep to sweep, here beyond what the number type can
    /// hold.
    #[error(
        "with tau = {tau} the modes overflowed within {iterations} sweeps; dual ascent diverges for a \
         large tau: give one below 1, or fewer sweeps"
    )]
    Diverged {
        /// The dual step of the configuration.
        tau: f64,
        /// Sweeps done.
        iterations: usize,
    },
    /// `tolerance` is not a positive finite number.
    #[error("tolerance = {value} must be positive and finite")]
    InvalidTolerance {
        /// The value given.
        value: f64,
    },
    /// `max_iterations` is zero.
    #[error("max_iterations = 0: allow at least one iteration")]
    NoIterations,
    /// `cross_check` is zero.
    #[error("cross_check = 0: give the sweeps of the second way, or leave it out")]
    NoCrossCheckSweeps,
    /// Given initial frequencies do not fit the number of modes.
    #[error("{got} initial frequencies for {expected} modes; give one for each mode")]
    InitialFrequencyCount {
        /// Modes asked for.
        expected: usize,
        /// Frequencies given.
        got: usize,
    },
    /// A given initial frequency is outside [0, 0.5] cycles per sample.
    #[error("initial frequency {index} is {value}; it must be in 0..=0.5 cycles per sample")]
    InitialFrequency {
        /// Index of the frequency.
        index: usize,
        /// The value given.
        value: f64,
    },
    /// A window or step is not a whole number of samples.
    #[error("{duration:?} is not a whole number of sampling intervals of {interval:?}")]
    NotWholeSamples {
        /// The window or step.
        duration: Duration,
        /// The sampling interval.
        interval: Duration,
    },
    /// The window does not fit into the record.
    #[error("the window of {window} samples is longer than the record of {len}")]
    WindowTooLong {
        /// Window length in samples.
        window: usize,
        /// Record length in samples.
        len: usize,
    },
    /// The step is zero or leaves gaps between windows.
    #[error("step = {step} must be in 1..={window}, the window's length")]
    InvalidStep {
        /// Step in samples.
        step: usize,
        /// Window length in samples.
        window: usize,
    },
    /// The end guard's autoregression cannot be fitted to the window.
    #[error("end guard of order {order} must be in 1..{window}, the window's length")]
    InvalidGuard {
        /// Order of the autoregression.
        order: usize,
        /// Window length in samples.
        window: usize,
    },
    /// `keep_odd = false` would cut a sample off every window.
    #[error(
        "keep_odd = false would drop the last of {len} samples of every window; leave it unset"
    )]
    OddWindow {
        /// Window length with its guard.
        len: usize,
    },
    /// Windows that share no sample have no waveforms in common.
    #[error(
        "modes cannot be known again by their waveform where windows of {window} samples do not \
         overlap; take a shorter step or ModeIdentity::Frequency"
    )]
    NothingShared {
        /// Window and step in samples.
        window: usize,
    },
}
