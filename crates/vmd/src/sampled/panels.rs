use super::interpolation::{bins, nodes};
use super::{FIRST_INSPECTION, Panel, Sampled, TooFine};
use crate::kernel::{GainReplay, NODES, PER_POINT, Vector, per_state, vectorised};

/// A panel is halved where its interpolation misplaces more power than it may; above so many times
/// that, sums since the last inspection are not trusted.
const SPOILED: f64 = 10.0;

/// Panels that follow the gains as these sharpen.
impl<T: Vector> Sampled<T> {
    /// Inspects the panels where that is due or asked for. False where sums were not right: then
    /// the sweeps since the last inspection have been taken back.
    pub(crate) fn trust(&mut self, magnitude: &[f64], now: bool) -> Result<bool, TooFine> {
        let sweeps = self.sweeps();
        if !now && sweeps < self.inspection {
            return Ok(true);
        }
        let right = !(0..self.panels.len()).any(|index| self.misplaces(index, SPOILED));
        if right && now {
            return Ok(true);
        }
        self.halve_while(magnitude, |own, index| own.misplaces(index, 1.0))?;
        if right {
            self.certain = sweeps;
            self.inspection = sweeps + FIRST_INSPECTION.max(sweeps / 2);
        } else {
            self.go_back(self.certain);
        }
        Ok(right)
    }

    /// Back to the iterate after so many sweeps, from the start.
    fn go_back(&mut self, sweeps: usize) {
        self.history.truncate((sweeps + 1) * self.modes);
        for index in 0..self.panels.len() {
            self.replay(index);
        }
    }

    /// Halves panels until modes can be interpolated to all bins.
    pub(crate) fn smooth(&mut self, magnitude: &[f64]) -> Result<(), TooFine> {
        let rough = T::INTERPOLATION.rough;
        self.halve_while(magnitude, |own, index| {
            own.unresolved_in(index, false, |tail, loudness, power| {
                tail * loudness > rough * power.sqrt()
            })
        })
    }

    /// Whether more power than so many times what it may.
    fn misplaces(&mut self, index: usize, times: f64) -> bool {
        let tolerance = times * T::INTERPOLATION.power;
        self.unresolved_in(index, true, |tail, loudness, power| {
            tail * loudness * loudness > tolerance * power
        })
    }

    /// Whether for some mode `too_much(tail, loudness of the panel, power of the mode)`.
    fn unresolved_in(
        &mut self,
        index: usize,
        squares: bool,
        too_much: impl Fn(f64, f64, f64) -> bool,
    ) -> bool {
        let panel = self.panels[index];
        if panel.level == 0 {
            return false;
        }
        let state = NODES * per_state(self.modes);
        let gains = &self.now[index * state..][..state];
        self.interpolation.tails(gains, squares, &mut self.tails);
        let modes = self.tails.iter().zip(&self.sums.power);
        modes.into_iter().any(|(tail, power)| too_much(*tail, panel.loudness, *power))
    }

    fn halve_while(
        &mut self,
        magnitude: &[f64],
        too_wide: impl Fn(&mut Self, usize) -> bool,
    ) -> Result<(), TooFine> {
        let mut index = 0;
        while index < self.panels.len() {
            if too_wide(self, index) {
                self.halve(magnitude, index)?;
            } else {
                index += 1;
            }
        }
        Ok(())
    }

    /// The lower half takes the panel's place, the upper one comes last.
    fn halve(&mut self, magnitude: &[f64], index: usize) -> Result<(), TooFine> {
        let Panel { start, level, .. } = self.panels[index];
        let middle = start + bins(level - 1);
        self.panels[index] = self.place(magnitude, index, start, level - 1);
        self.replay(index);
        if middle < self.len {
            self.add(magnitude, middle, level - 1)?;
        }
        Ok(())
    }

    pub(super) fn add(
        &mut self,
        magnitude: &[f64],
        start: usize,
        level: usize,
    ) -> Result<(), TooFine> {
        let index = self.panels.len();
        if index == self.most {
            return Err(TooFine);
        }
        let panel = self.place(magnitude, index, start, level);
        self.panels.push(panel);
        self.replay(index);
        Ok(())
    }

    /// Writes where a panel's nodes lie and what they stand for.
    fn place(&mut self, magnitude: &[f64], index: usize, start: usize, level: usize) -> Panel {
        // Magnitudes go on with zeros to a whole register.
        let heard = &magnitude[start..magnitude.len().min(start + bins(level))];
        let weights = self.interpolation.weights(level, heard);
        let nodes = nodes(level);
        let points = &mut self.points[index * NODES * PER_POINT..][..NODES * PER_POINT];
        for j in 0..NODES {
            let slot = j / self.lanes * PER_POINT * self.lanes + j % self.lanes;
            let x = (start as f64 + nodes[j]) * self.spacing;
            points[slot] = x;
            points[slot + self.lanes] = weights[j];
            points[slot + 2 * self.lanes] = weights[j] * x;
        }
        // Eight sums at a time: one alone would wait for each addition. Whole registers, see above.
        let mut powers = [0.0; 8];
        for values in heard.as_chunks::<8>().0 {
            powers.iter_mut().zip(values).for_each(|(power, value)| *power += value * value);
        }
        let loudness = powers.iter().sum::<f64>().sqrt();
        Panel { start, level, loudness }
    }

    /// Takes the gains of a panel through all sweeps so far.
    pub(super) fn replay(&mut self, index: usize) {
        let state = NODES * per_state(self.modes);
        let done = self.history.len() - self.modes;
        vectorised(GainReplay {
            history: &self.history[..done],
            modes: self.modes,
            scale: self.scale.as_deref(),
            points: &self.points[index * NODES * PER_POINT..][..NODES * PER_POINT],
            state: &mut self.now[index * state..][..state],
            spare: &mut self.spare,
            sums: &mut self.sums,
        });
    }
}
