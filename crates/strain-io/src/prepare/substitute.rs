use ndarray::Array2;

use crate::{Channel, Provenance, Recording, Result, Unit};

/// Sa = (S1+S2+S3+S4)/2, S13 = S1−S3 and S24 = S2−S4 of four gauges at 45° steps: areal strain
/// and the two shear strains along the gauges, in the channels `sa`, `s13` and `s24`, nanostrain.
///
/// Missing where a gauge that goes in is missing; the flags are those of all gauges that go in. There is
/// nothing to configure: these are definitions. Nor is there anything to undo: the gauges stay as they are.
/// The definitions are those of Qiu, Z., Tang, L., Zhang, B. and Guo, Y. (2013), *J. Geophys. Res.
/// Solid Earth* 118, 1609–1618, doi:10.1002/jgrb.50112.
///
/// # Errors
///
/// [`StrainIoError::NoChannel`](crate::StrainIoError::NoChannel) for a gauge that is not there.
///
/// # Example
///
/// ```
/// use strain_io::{Channel, Recording, TimeGrid, ndarray::array, substitutions};
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 2)?;
/// let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * i as f64));
/// let values = array![[1.0, 2.0, 3.0, 4.0], [1.0, f64::NAN, 3.0, 4.0]];
/// let gauges = Recording::new("X", grid, channels.collect(), values)?;
/// let strain = substitutions(&gauges, ["s1", "s2", "s3", "s4"])?;
/// assert_eq!(strain.values().row(0).to_vec(), [5.0, -2.0, -2.0]);
/// assert!(strain.channel("sa")?[1].is_nan() && strain.channel("s13")?[1] == -2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn substitutions(gauges: &Recording, names: [&str; 4]) -> Result<Recording> {
    let gauges = gauges.select(&names)?;
    let channels = ["sa", "s13", "s24"].map(|name| Channel::new(name, Unit::Nanostrain)).to_vec();
    let shape = (gauges.grid().len(), channels.len());
    let mut values = Array2::zeros(shape);
    let mut flags = Array2::from_elem(shape, Provenance::OBSERVED);
    let rows = gauges.values();
    for (index, row) in rows.rows().into_iter().enumerate() {
        let set = gauges.provenance().row(index).to_vec();
        let sums = [row.sum() / 2.0, row[0] - row[2], row[1] - row[3]];
        let sets = [set[0] | set[1] | set[2] | set[3], set[0] | set[2], set[1] | set[3]];
        for column in 0..3 {
            values[[index, column]] = sums[column];
            flags[[index, column]] = sets[column];
        }
    }
    let strain = Recording::new(gauges.station(), *gauges.grid(), channels, values.clone())?;
    strain.with_values(values, flags)
}
