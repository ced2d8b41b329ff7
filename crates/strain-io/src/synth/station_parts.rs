use ndarray::{Array1, Array2, ArrayView2};

use super::ingredients::Ingredient;
use super::pressure::measured;
use super::station::{Drawn, Plan};

/// What one synthetic station is made of, each ingredient as a series: what
/// [`network_with_parts`](crate::network_with_parts) returns beside the recording.
///
/// Outside gaps the recording's gauges are the [sum](Self::sum) of all ingredients (up to rounding:
/// it is added in another order), and its barometer is `air_pressure` + `barometer_noise`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StationParts {
    /// In the order of [`Ingredient::ALL`], `[time, gauge]`.
    series: Vec<Array2<f64>>,
    /// What the air does, hPa, `[time]`.
    pub air_pressure: Array1<f64>,
    /// What the barometer adds, hPa, `[time]`.
    pub barometer_noise: Array1<f64>,
}

impl StationParts {
    pub(super) fn of(plan: &Plan<'_>, drawn: &Drawn) -> Self {
        let len = plan.record.len();
        let series = Ingredient::ALL.map(|ingredient| {
            let mut gauges = [(); 4].map(|()| vec![0.0; len]);
            plan.lay(ingredient, drawn, &mut gauges);
            Array2::from_shape_fn((len, 4), |(sample, gauge)| gauges[gauge][sample])
        });
        let silence = vec![0.0; len];
        let noise = measured(&silence, plan.config.noise.pressure_white, plan.streams);
        Self {
            series: series.into(),
            air_pressure: drawn.pressure.clone().into(),
            barometer_noise: noise.into(),
        }
    }

    /// One ingredient as the gauges record it, nanostrain, `[time, gauge]`. It has no gaps.
    pub fn series(&self, ingredient: Ingredient) -> ArrayView2<'_, f64> {
        self.series[ingredient as usize].view()
    }

    /// All ingredients added, nanostrain, `[time, gauge]`: the gauges of an instrument that never
    /// loses a sample.
    pub fn sum(&self) -> Array2<f64> {
        self.sum_of(Ingredient::ALL)
    }

    /// The gauges of an instrument without faults, nanostrain, `[time, gauge]`: all but steps and
    /// spikes, and no gaps.
    pub fn clean(&self) -> Array2<f64> {
        let faults = [Ingredient::Steps, Ingredient::Spikes];
        self.sum_of(Ingredient::ALL.into_iter().filter(|i| !faults.contains(i)))
    }

    /// Some ingredients added, nanostrain, `[time, gauge]`; zeros for none.
    pub fn sum_of(&self, ingredients: impl IntoIterator<Item = Ingredient>) -> Array2<f64> {
        let mut sum = Array2::zeros((self.air_pressure.len(), 4));
        for ingredient in ingredients {
            sum += &self.series(ingredient);
        }
        sum
    }
}
