//! Which samples are folded at which periods.

use candle_core::{Device, Result, Tensor};

/// Which periods the chosen frequencies have, and who has them.
pub(super) struct Periods {
    /// Each period once, with the samples that have it.
    pub(super) groups: Vec<(usize, Samples)>,
    /// `[batch, k, periods]`: one where a sample's frequency has the period.
    pub(super) membership: Tensor,
}

impl Periods {
    /// Of the frequencies `[batch][k]`.
    pub(super) fn new(frequencies: &[Vec<usize>], len: usize, device: &Device) -> Result<Self> {
        let mut members: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut places = Vec::new();
        for (sample, frequencies) in frequencies.iter().enumerate() {
            for frequency in frequencies {
                let period = len / frequency;
                let known = members.iter().position(|(known, _)| *known == period);
                let place = known.unwrap_or_else(|| {
                    members.push((period, Vec::new()));
                    members.len() - 1
                });
                if members[place].1.last() != Some(&(sample as u32)) {
                    members[place].1.push(sample as u32);
                }
                places.push(place);
            }
        }
        let (batch, k) = (frequencies.len(), places.len() / frequencies.len());
        let mut matrix = vec![0f32; places.len() * members.len()];
        for (row, place) in places.into_iter().enumerate() {
            matrix[row * members.len() + place] = 1.0;
        }
        let membership = Tensor::from_vec(matrix, (batch, k, members.len()), device)?;
        let samples = |(period, samples): (usize, Vec<u32>)| {
            let all = samples.len() == batch;
            Ok((period, Samples(if all { None } else { Some(Tensor::new(samples, device)?) })))
        };
        let groups = members.into_iter().map(samples).collect::<Result<_>>()?;
        Ok(Self { groups, membership })
    }
}

/// Some samples of a batch, or all.
pub(super) struct Samples(Option<Tensor>);

impl Samples {
    pub(super) fn of(&self, batch: &Tensor) -> Result<Tensor> {
        match &self.0 {
            None => Ok(batch.clone()),
            Some(samples) => batch.contiguous()?.index_select(samples, 0),
        }
    }

    /// Adds to these samples of `total` what belongs to them.
    pub(super) fn add_to(&self, total: &Tensor, part: &Tensor) -> Result<Tensor> {
        match &self.0 {
            None => total + part,
            Some(samples) => total.index_add(samples, &part.contiguous()?, 0),
        }
    }
}
