//! Where a network computes, by name.

use std::str::FromStr;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use crate::{Result, TimesNetError};

/// Where a network computes: `cpu`, `cuda` (the first GPU) or `cuda:1`.
///
/// ```
/// use timesnet::ComputeDevice;
///
/// assert_eq!("cuda:1".parse::<ComputeDevice>()?, ComputeDevice::Cuda { gpu: 1 });
/// assert_eq!(ComputeDevice::Cuda { gpu: 0 }.to_string(), "cuda");
/// assert!(ComputeDevice::Cpu.open()?.is_cpu());
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum ComputeDevice {
    /// The processor, with this crate's own kernels.
    #[default]
    Cpu,
    /// A GPU through CUDA; needs the feature `cuda`.
    Cuda {
        /// Which, from 0.
        gpu: usize,
    },
}

impl ComputeDevice {
    /// The device itself.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Device`] where this build or this machine does not have it.
    pub fn open(self) -> Result<Device> {
        let problem = match self {
            Self::Cpu => return Ok(Device::Cpu),
            Self::Cuda { .. } if !cfg!(feature = "cuda") => {
                "this program was built without it; build with `--features cuda`".to_owned()
            }
            Self::Cuda { gpu } => match Device::new_cuda(gpu) {
                Ok(device) => return Ok(device),
                Err(error) => format!("it does not start: {error}"),
            },
        };
        Err(TimesNetError::Device { name: self.to_string(), problem })
    }
}

impl std::fmt::Display for ComputeDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda { gpu: 0 } => f.write_str("cuda"),
            Self::Cuda { gpu } => write!(f, "cuda:{gpu}"),
        }
    }
}

impl FromStr for ComputeDevice {
    type Err = TimesNetError;

    fn from_str(name: &str) -> Result<Self> {
        let refuse = || TimesNetError::Device {
            name: name.to_owned(),
            problem: "give `cpu`, `cuda` or `cuda:1`".to_owned(),
        };
        match name.split_once(':') {
            None if name == "cpu" => Ok(Self::Cpu),
            None if name == "cuda" => Ok(Self::Cuda { gpu: 0 }),
            Some(("cuda", gpu)) => gpu.parse().map(|gpu| Self::Cuda { gpu }).map_err(|_| refuse()),
            _ => Err(refuse()),
        }
    }
}

impl TryFrom<String> for ComputeDevice {
    type Error = TimesNetError;

    fn try_from(name: String) -> Result<Self> {
        name.parse()
    }
}

impl From<ComputeDevice> for String {
    fn from(device: ComputeDevice) -> Self {
        device.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for name in ["cpu", "cuda", "cuda:3"] {
            assert_eq!(name.parse::<ComputeDevice>().unwrap().to_string(), name);
        }
        for name in ["", "gpu", "cuda:", "cuda:-1", "cpu:0", "CUDA"] {
            let error = name.parse::<ComputeDevice>().unwrap_err().to_string();
            assert!(error.contains("give `cpu`"), "{error}");
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_build_without_cuda_says_so() {
        let error = ComputeDevice::Cuda { gpu: 0 }.open().unwrap_err().to_string();
        assert!(error.contains("--features cuda"), "{error}");
    }
}
