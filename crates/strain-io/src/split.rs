use std::ops::Range;

use ndarray::ArrayView1;

use crate::{Recording, Result};

impl Recording {
    /// The pieces of the recording between gaps of more than `longest_gap` samples, in order of
    /// time; none where all is such a gap.
    ///
    /// A gap is a run of missing samples of one channel. Where a gap that is too long begins in any
    /// channel a piece ends, and the next begins where none is left, so that in no piece is a
    /// channel missing for longer: what [`fill_gaps`](crate::fill_gaps) with the same limit left
    /// missing inside the record is cut out. Pieces keep all channels and their gaps that are
    /// short enough. Channels that need not be complete are left out first
    /// ([`Recording::select`]).
    ///
    /// # Errors
    ///
    /// Those of [`Recording::slice`], which do not occur here.
    ///
    /// # Example
    ///
    /// ```
    /// use jiff::SignedDuration;
    /// use strain_io::ndarray::array;
    /// use strain_io::{Channel, Recording, TimeGrid};
    ///
    /// let grid = TimeGrid::new("2008-05-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 7)?;
    /// let no = f64::NAN;
    /// let values = array![[1.0], [no], [3.0], [no], [no], [6.0], [7.0]];
    /// let recording = Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values)?;
    ///
    /// let pieces = recording.split(1)?;
    /// let lengths: Vec<_> = pieces.iter().map(|piece| piece.grid().len()).collect();
    /// assert_eq!(lengths, [3, 2]);
    /// assert_eq!(pieces[1].grid().start(), "2008-05-01T05:00:00Z".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn split(&self, longest_gap: usize) -> Result<Vec<Self>> {
        let mut cut = vec![false; self.grid().len()];
        for channel in self.values().columns() {
            for gap in gaps(channel).into_iter().filter(|gap| gap.len() > longest_gap) {
                cut[gap].fill(true);
            }
        }
        runs(cut.len(), |sample| !cut[sample]).into_iter().map(|piece| self.slice(piece)).collect()
    }
}

/// Runs of missing samples, at the ends of the record too.
fn gaps(channel: ArrayView1<'_, f64>) -> Vec<Range<usize>> {
    runs(channel.len(), |sample| channel[sample].is_nan())
}

/// The longest runs of indices below `len` that satisfy a condition.
fn runs(len: usize, condition: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for index in (0..len).filter(|&index| condition(index)) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use ndarray::Array2;
    use proptest::prelude::*;

    use crate::strategies::{planted_recordings, recordings};
    use crate::{
        Channel, FillConfig, FillMethod, Provenance, Recording, TimeGrid, Unit, fill_gaps,
    };

    /// Channels from text, `.` where a value is missing.
    fn recording(channels: &[&str]) -> Recording {
        let len = channels[0].len();
        let grid = TimeGrid::new(jiff::Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1), len);
        let values = Array2::from_shape_fn((len, channels.len()), |(sample, channel)| {
            let missing = channels[channel].as_bytes()[sample] == b'.';
            if missing { f64::NAN } else { sample as f64 }
        });
        let names = (0..channels.len()).map(|c| Channel::new(format!("c{c}"), Unit::Count));
        Recording::new("X", grid.unwrap(), names.collect(), values).unwrap()
    }

    /// First sample and length of each piece.
    fn pieces(channels: &[&str], longest: usize) -> Vec<(i64, usize)> {
        let pieces = recording(channels).split(longest).unwrap();
        pieces.iter().map(|p| (p.grid().start().as_second() / 60, p.grid().len())).collect()
    }

    #[test]
    fn gaps_that_are_too_long_part_the_pieces() {
        assert_eq!(pieces(&["xxxx"], 0), [(0, 4)]);
        assert_eq!(pieces(&["xx.xx..x"], 0), [(0, 2), (3, 2), (7, 1)]);
        assert_eq!(pieces(&["xx.xx..x"], 1), [(0, 5), (7, 1)]);
        assert_eq!(pieces(&["xx.xx..x"], 2), [(0, 8)]);
        assert_eq!(pieces(&["..xx.xx..."], 1), [(2, 5)]);
        assert_eq!(pieces(&["..xx.xx..."], 2), [(0, 7)]);
        assert_eq!(pieces(&["....."], 4), []);
    }

    #[test]
    fn each_channel_has_its_own_gaps() {
        // Neither gap is too long, though together they are three samples.
        assert_eq!(pieces(&["x.xxxx", "xx..xx"], 2), [(0, 6)]);
        assert_eq!(pieces(&["x.xxxx", "xx..xx"], 1), [(0, 2), (4, 2)]);
        assert_eq!(pieces(&["x...xx", "xx...x"], 2), [(0, 1), (5, 1)]);
    }

    #[test]
    fn flags_and_channels_stay_with_their_samples() {
        let before = recording(&["xx..xx", "xxxxxx"]);
        let mut flags = before.provenance().to_owned();
        flags[[5, 1]].insert(Provenance::SPIKE);
        let flagged = before.with_values(before.values().to_owned(), flags).unwrap();
        let second = &flagged.split(1).unwrap()[1];
        assert_eq!(second.channels(), before.channels());
        assert_eq!(second.channel("c1").unwrap().to_vec(), [4.0, 5.0]);
        assert!(second.provenance()[[1, 1]].contains(Provenance::SPIKE));
        assert_eq!(second.station(), "X");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Pieces hold no long gap, what is between them is one, and nothing is lost.
        #[test]
        fn what_is_cut_is_a_long_gap(recording in recordings(), longest in 0_usize..5) {
            let pieces = recording.split(longest).unwrap();
            let mut next = 0;
            let missing_longer = |sample: usize| {
                recording.values().columns().into_iter().any(|column| {
                    let back = (0..=sample).rev().take_while(|&i| column[i].is_nan()).count();
                    let on = (sample..column.len()).take_while(|&i| column[i].is_nan()).count();
                    back > 0 && back + on - 1 > longest
                })
            };
            let mut kept = vec![false; recording.grid().len()];
            for piece in &pieces {
                let start = recording.grid().index_of(piece.grid().start()).unwrap();
                prop_assert!(start >= next);
                next = start + piece.grid().len();
                kept[start..next].fill(true);
                for (ours, theirs) in piece.values().rows().into_iter()
                    .zip(recording.values().rows().into_iter().skip(start))
                {
                    prop_assert!(ours.iter().zip(theirs).all(|(a, b)| a.to_bits() == b.to_bits()));
                }
            }
            for (sample, kept) in kept.into_iter().enumerate() {
                prop_assert_eq!(kept, !missing_longer(sample), "sample {}", sample);
            }
        }

        /// Filled up to a length and split at the same, nothing inside the record is missing.
        #[test]
        fn filling_and_splitting_leave_complete_pieces(
            planted in planted_recordings(), longest in 0_usize..24,
        ) {
            let mut filled = planted.recording;
            let config = FillConfig::new(FillMethod::Linear, longest);
            for channel in ["s1", "s2", "s3", "s4"] {
                filled = fill_gaps(&filled, channel, &config, None).unwrap().recording;
            }
            let last = filled.grid().len();
            let at_an_end = |gap: &crate::strategies::PlantedGap| {
                gap.samples.start == 0 || gap.samples.end == last
            };
            prop_assume!(!planted.gaps.iter().any(at_an_end));
            for piece in filled.split(longest).unwrap() {
                prop_assert!(piece.values().iter().all(|value| value.is_finite()));
            }
        }
    }
}
