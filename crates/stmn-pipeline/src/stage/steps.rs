use serde::{Deserialize, Serialize};
use strain_io::{GaugeReport, Step, StepSource};

/// A lasting offset that cleaning took out of a gauge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GaugeStep {
    /// The gauge.
    pub gauge: String,
    /// When, how large, and how it was found.
    #[serde(flatten)]
    pub step: Step,
}

/// Every step of every gauge.
pub(super) fn all_steps(gauges: &[GaugeReport]) -> Vec<GaugeStep> {
    let of_gauge = |gauge: &GaugeReport| -> Vec<GaugeStep> {
        let named = |step: &Step| GaugeStep { gauge: gauge.name.clone(), step: step.clone() };
        gauge.steps.iter().map(named).collect()
    };
    gauges.iter().flat_map(of_gauge).collect()
}

/// The steps to name where there is no room for all: those that were configured, and the largest
/// of the others up to `most` in all; in the order of time.
pub fn leading_steps<'a>(steps: impl IntoIterator<Item = &'a Step>, most: usize) -> Vec<&'a Step> {
    let (mut shown, mut others): (Vec<&Step>, Vec<&Step>) =
        steps.into_iter().partition(|step| step.source == StepSource::Known);
    others.sort_by(|a, b| b.size.abs().total_cmp(&a.size.abs()).then(a.time.cmp(&b.time)));
    others.truncate(most.saturating_sub(shown.len()));
    shown.extend(others);
    shown.sort_by_key(|step| step.time);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_steps_come_before_large_ones() {
        let step = |day: u32, size: f64, source: &str| -> Step {
            let text = format!(
                r#"{{"time": "2020-01-{day:02}T00:00:00Z", "size": {size}, "source": "{source}"}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let steps = [
            step(1, 2.0, "detected"),
            step(2, -9.0, "detected"),
            step(3, 5.0, "detected"),
            step(4, 1.0, "known"),
        ];
        let sizes = |most| -> Vec<f64> {
            leading_steps(&steps, most).iter().map(|step| step.size).collect()
        };
        assert_eq!(sizes(3), [-9.0, 5.0, 1.0]);
        assert_eq!(sizes(0), [1.0]);
        assert_eq!(sizes(9).len(), 4);
    }
}
