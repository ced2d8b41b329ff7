use ndarray::{Axis, concatenate};

use crate::{Recording, Result, StrainIoError, TimeGrid};

impl Recording {
    /// Pieces of a recording, in order of time, as one.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Grid`] for no pieces, and for one that does not go on where the one before it
    /// ended, with the same station, channels and interval.
    ///
    /// # Example
    ///
    /// ```
    /// use strain_io::{Channel, Recording, TimeGrid, ndarray::Array2};
    ///
    /// let grid = TimeGrid::new(
    ///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 5)?;
    /// let values = Array2::from_shape_fn((5, 1), |(hour, _)| hour as f64);
    /// let whole = Recording::new("51010", grid, vec![Channel::gauge("s1", 51.0)], values)?;
    /// let pieces = [whole.slice(0..2)?, whole.slice(2..3)?, whole.slice(3..5)?];
    /// assert_eq!(Recording::concatenate(&pieces)?.values(), whole.values());
    /// assert!(Recording::concatenate(&[whole.slice(0..2)?, whole.slice(3..5)?]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn concatenate(pieces: &[Self]) -> Result<Self> {
        let Some(first) = pieces.first() else {
            return Err(refused("there are no pieces to put together".to_owned()));
        };
        let mut len = 0;
        for piece in pieces {
            let (grid, expected) = (piece.grid(), first.grid().time(len));
            let same = (piece.station(), piece.channels(), grid.interval())
                == (first.station(), first.channels(), first.grid().interval());
            if !same || grid.start() != expected {
                return Err(refused(format!(
                    "a piece of {} from {} does not go on at {expected} where the one before it, of \
                     {}, ends, with its channels and interval",
                    piece.station(),
                    grid.start(),
                    first.station()
                )));
            }
            len += grid.len();
        }
        let grid = TimeGrid::new(first.grid().start(), first.grid().interval(), len)?;
        let values: Vec<_> = pieces.iter().map(Self::values).collect();
        let flags: Vec<_> = pieces.iter().map(Self::provenance).collect();
        let fits = "all pieces have the same channels";
        let values = concatenate(Axis(0), &values).expect(fits);
        let whole = Self::new(first.station(), grid, first.channels().to_vec(), values.clone())?;
        whole.with_values(values, concatenate(Axis(0), &flags).expect(fits))
    }
}

fn refused(problem: String) -> StrainIoError {
    StrainIoError::Grid { problem, advice: "give the pieces of one recording in order of time" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_cut_is_put_together(
            whole in crate::strategies::recordings(),
            cuts in prop::collection::btree_set(1_usize..40, 0..5),
        ) {
            let len = whole.grid().len();
            let cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut < len).collect();
            let starts = std::iter::once(0).chain(cuts.iter().copied());
            let ends = cuts.iter().copied().chain([len]);
            let pieces: Vec<_> =
                starts.zip(ends).map(|(start, end)| whole.slice(start..end).unwrap()).collect();
            let again = Recording::concatenate(&pieces).unwrap();
            prop_assert_eq!(again.grid(), whole.grid());
            prop_assert_eq!(again.channels(), whole.channels());
            let bits = |recording: &Recording| recording.values().mapv(f64::to_bits);
            prop_assert_eq!(bits(&again), bits(&whole));
            prop_assert_eq!(again.provenance(), whole.provenance());
            if pieces.len() > 1 {
                prop_assert!(Recording::concatenate(&[pieces[1].clone(), pieces[0].clone()]).is_err());
            }
        }
    }

    #[test]
    fn no_pieces_are_no_recording() {
        assert!(matches!(Recording::concatenate(&[]), Err(StrainIoError::Grid { .. })));
    }
}
