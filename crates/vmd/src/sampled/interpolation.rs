use std::f64::consts::PI;

use crate::kernel::{
    Aligned, Gather, Known, NODES, Spread, Tails, Vector, vectorised, widest_lanes,
};

/// A panel of level 0 holds as many bins as nodes: the nodes are the bins.
pub(super) const fn bins(level: usize) -> usize {
    NODES << level
}

/// Interpolation by Chebyshev polynomials between the nodes of a panel and its bins, the same for
/// all panels of a level. Nodes are f64; what they are spread to may be narrower.
#[derive(Debug, Clone)]
pub(super) struct Interpolation<T: Vector> {
    /// Of level 1 and up: for each register of bins node after node its cardinal function.
    cardinals: Vec<Aligned<f64>>,
    /// The same for narrower numbers, where bins are such.
    narrow: Vec<Aligned<T>>,
    /// Functionals of the last two coefficients.
    last: [[f64; NODES]; 2],
}

impl<T: Vector> Interpolation<T> {
    /// For panels up to a level.
    pub(super) fn new(level: usize) -> Self {
        let narrow = if T::widened_len(level) > 0 { level } else { 0 };
        let coefficient = |degree: usize| {
            std::array::from_fn(|j| 2.0 / NODES as f64 * (degree as f64 * angle(j)).cos())
        };
        Self {
            cardinals: (1..=level).map(cardinals).collect(),
            narrow: (1..=narrow).map(cardinals).collect(),
            last: [coefficient(NODES - 1), coefficient(NODES - 2)],
        }
    }

    /// What of the power of a panel's bins each node stands for. Bins that are missing have none;
    /// those that there are come in whole registers.
    pub(super) fn weights(&self, level: usize, magnitude: &[f64]) -> [f64; NODES] {
        let mut weights = [0.0; NODES];
        match level.checked_sub(1) {
            None => weights.iter_mut().zip(magnitude).for_each(|(w, m)| *w = m * m),
            Some(index) => {
                let cardinal = &self.cardinals[index];
                vectorised(Gather { cardinal, magnitude, weights: &mut weights });
            }
        }
        weights
    }

    /// Values at the bins of panels of one level.
    pub(super) fn spread(&self, level: usize, panels: &[Known<T>], bins: &mut [T]) {
        match level.checked_sub(1) {
            None => panels.iter().for_each(|panel| {
                bins[panel.start..][..NODES].copy_from_slice(&panel.nodes);
            }),
            Some(index) => {
                let copy = self.narrow.get(index).map_or(&[][..], |copy| copy);
                let cardinal = T::narrowed(&self.cardinals[index], copy);
                T::spread(Spread { cardinal, panels, bins });
            }
        }
    }

    /// How far the nodes of one panel fail to resolve each gain, or its square.
    pub(super) fn tails(&self, state: &[f64], squares: bool, tails: &mut [f64]) {
        vectorised(Tails { state, last: &self.last, squares, tails });
    }
}

/// Where the nodes of a panel lie, in bins from its first.
pub(super) fn nodes(level: usize) -> [f64; NODES] {
    if level == 0 {
        return std::array::from_fn(|j| j as f64);
    }
    let half = (bins(level) - 1) as f64 / 2.0;
    std::array::from_fn(|j| half * (1.0 + angle(j).cos()))
}

fn angle(j: usize) -> f64 {
    (j as f64 + 0.5) * PI / NODES as f64
}

/// By the second barycentric formula (Berrut & Trefethen 2004, eq. 4.2; nodes of the first kind).
fn cardinals<T: Vector>(level: usize) -> Aligned<T> {
    let (count, lanes) = (bins(level), widest_lanes::<T>());
    let nodes = nodes(level);
    let mut cardinals = Aligned::new(NODES * count);
    for bin in 0..count {
        let at = bin as f64;
        let hit = nodes.iter().position(|node| *node == at);
        let sign = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 };
        let term = |j: usize| match hit {
            Some(node) => f64::from(u8::from(node == j)),
            None => sign(j) * angle(j).sin() / (at - nodes[j]),
        };
        let sum: f64 = (0..NODES).map(term).sum();
        for j in 0..NODES {
            cardinals[(bin / lanes * NODES + j) * lanes + bin % lanes] = T::of(term(j) / sum);
        }
    }
    cardinals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Analytic in a strip, as gains are.
    fn smooth(level: usize, at: f64) -> f64 {
        let y = at / bins(level) as f64 - 0.3;
        1.0 / (1.0 + y * y)
    }

    #[test]
    fn smooth_functions_are_spread_and_summed_as_at_every_bin() {
        let interpolation = Interpolation::<f64>::new(3);
        for level in 0..=3 {
            let count = bins(level);
            let values = nodes(level).map(|at| smooth(level, at));
            let mut spread = Aligned::new(count);
            let panel = Known { start: 0, nodes: values };
            interpolation.spread(level, &[panel], &mut spread);
            for (bin, value) in spread.iter().enumerate() {
                assert!((value - smooth(level, bin as f64)).abs() < 1e-13, "{level} {bin}");
            }
            for known in [count, count - 16, 8] {
                let magnitude: Vec<f64> = (0..known).map(|i| (i * 7919 % 101) as f64).collect();
                let weights = interpolation.weights(level, &magnitude);
                let quick: f64 = weights.iter().zip(&values).map(|(w, v)| w * v).sum();
                let plain: f64 = magnitude.iter().zip(&*spread).map(|(m, v)| m * m * v).sum();
                assert!((quick - plain).abs() < 1e-12 * plain, "{level} {known}");
            }
        }
    }
}
