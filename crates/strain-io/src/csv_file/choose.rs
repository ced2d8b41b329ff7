use std::path::Path;

use super::options::ColumnSpec;
use crate::{Result, StrainIoError, Unit};

/// Of the columns that a format has (`known`), those that are asked for, in the order of the
/// asking; nothing asked: all. What a request leaves open (unit and factor, direction) is as the
/// format has it. Each comes with its index in `known`.
pub(crate) fn choose(
    known: &[ColumnSpec],
    asked: &[ColumnSpec],
    file: &Path,
    line: u64,
) -> Result<Vec<(usize, ColumnSpec)>> {
    if asked.is_empty() {
        return Ok(known.iter().cloned().enumerate().collect());
    }
    let find = |spec: &ColumnSpec| {
        let index = known.iter().position(|column| column.source == spec.source);
        let index = index.ok_or_else(|| StrainIoError::NoColumn {
            file: file.to_owned(),
            line,
            name: spec.source.clone(),
            found: known.iter().map(|column| column.source.clone()).collect(),
        })?;
        Ok((index, completed(spec, &known[index])))
    };
    asked.iter().map(find).collect()
}

fn completed(spec: &ColumnSpec, known: &ColumnSpec) -> ColumnSpec {
    let mut spec = spec.clone();
    if spec.unit == Unit::default() && spec.scale == 1.0 {
        (spec.unit, spec.scale) = (known.unit.clone(), known.scale);
    }
    spec.azimuth_degrees = spec.azimuth_degrees.or(known.azimuth_degrees);
    spec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_open_is_as_the_format_has_it() {
        let known = [
            ColumnSpec::new("n").with_unit(Unit::Millimetre, 1.0),
            ColumnSpec::new("e").with_unit(Unit::Nanostrain, 1000.0).with_azimuth(90.0),
        ];
        let all = choose(&known, &[], Path::new("f"), 1).unwrap();
        assert_eq!(all.len(), 2);
        let asked = [ColumnSpec::new("e").with_name("east"), ColumnSpec::new("n")];
        let chosen = choose(&known, &asked, Path::new("f"), 1).unwrap();
        assert_eq!((chosen[0].0, chosen[1].0), (1, 0));
        let expected = known[1].clone().with_name("east");
        assert_eq!(chosen[0].1, expected);
        let own = [ColumnSpec::new("e").with_unit(Unit::Nanostrain, 1.0)];
        assert_eq!(choose(&known, &own, Path::new("f"), 1).unwrap()[0].1.scale, 1.0);
        let error = choose(&known, &[ColumnSpec::new("u")], Path::new("f"), 3).unwrap_err();
        assert!(error.to_string().contains("no column `u`; the columns are n, e"), "{error}");
    }
}
