//! The store of parameters behind the builder.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{DType, Device, Shape, Tensor, Var};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};

use crate::SeededError;
use crate::draw;

/// Parameters drawn from a seed: the same seed gives the same bytes.
///
/// Each tensor has a ChaCha8 stream of its own, keyed by the seed and the FNV-1a hash of the
/// tensor's full name. What a tensor holds therefore depends on the seed, its name, its shape and
/// its initialisation, and not on which other layers exist or in which order they were made.
///
/// Cloning is cheap and shares the parameters.
///
/// # Example
///
/// ```
/// use candle_core::{DType, Device};
/// use candle_seeded::SeededVars;
///
/// # fn main() -> candle_core::Result<()> {
/// let vars = SeededVars::new(7, DType::F32, &Device::Cpu);
/// let layer = candle_nn::linear(4, 2, vars.builder().pp("head"))?;
///
/// let again = SeededVars::new(7, DType::F32, &Device::Cpu);
/// let same = candle_nn::linear(4, 2, again.builder().pp("head"))?;
/// assert_eq!(layer.weight().to_vec2::<f32>()?, same.weight().to_vec2::<f32>()?);
/// assert_eq!(vars.vars().keys().collect::<Vec<_>>(), ["head.bias", "head.weight"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SeededVars {
    seed: u64,
    dtype: DType,
    device: Device,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
}

impl std::fmt::Debug for SeededVars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeededVars")
            .field("seed", &self.seed)
            .field("dtype", &self.dtype)
            .field("device", &self.device)
            .field("vars", &self.lock().keys().collect::<Vec<_>>())
            .finish()
    }
}

impl SeededVars {
    /// An empty store; parameters come into being when a layer asks for them.
    #[must_use]
    pub fn new(seed: u64, dtype: DType, device: &Device) -> Self {
        Self { seed, dtype, device: device.clone(), vars: Arc::default() }
    }

    /// The builder to hand to `candle_nn` layers. All builders of one store share its parameters;
    /// asking twice for a name gives the same parameter.
    #[must_use]
    pub fn builder(&self) -> VarBuilder<'static> {
        let backend: Box<dyn SimpleBackend> = Box::new(self.clone());
        VarBuilder::from_backend(backend, self.dtype, self.device.clone())
    }

    /// Every parameter made so far under its full name, in the order of the names.
    ///
    /// The returned [`Var`]s share storage with the layers, so setting one changes the network.
    #[must_use]
    pub fn vars(&self) -> BTreeMap<String, Var> {
        self.lock().clone()
    }

    /// The seed all streams are derived from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    // A panic in another thread cannot leave the map half-written: insertion is its last step.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Var>> {
        self.vars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn create(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Var, SeededError> {
        if !dtype.is_float() {
            return Err(SeededError::DType { name: name.to_owned(), dtype });
        }
        let values = draw::values(self.seed, name, &shape, init).map_err(|problem| {
            SeededError::Init { name: name.to_owned(), problem: problem.to_owned() }
        })?;
        Tensor::from_vec(values, shape, &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(dtype)?.to_device(device))
            .and_then(|tensor| Var::from_tensor(&tensor))
            .map_err(|source| SeededError::Candle { name: name.to_owned(), source })
    }

    fn get_or_create(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor, SeededError> {
        let mut vars = self.lock();
        if let Some(var) = vars.get(name) {
            if var.shape() != &shape {
                return Err(SeededError::Shape {
                    name: name.to_owned(),
                    existing: var.shape().clone(),
                    requested: shape,
                });
            }
            return Ok(var.as_tensor().clone());
        }
        let var = self.create(shape, name, init, dtype, device)?;
        let tensor = var.as_tensor().clone();
        vars.insert(name.to_owned(), var);
        Ok(tensor)
    }
}

impl SimpleBackend for SeededVars {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        self.get_or_create(shape, name, init, dtype, device).map_err(candle_core::Error::wrap)
    }

    fn get_unchecked(
        &self,
        name: &str,
        _dtype: DType,
        _device: &Device,
    ) -> candle_core::Result<Tensor> {
        self.lock()
            .get(name)
            .map(|var| var.as_tensor().clone())
            .ok_or_else(|| candle_core::Error::wrap(SeededError::Unknown { name: name.to_owned() }))
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }
}
