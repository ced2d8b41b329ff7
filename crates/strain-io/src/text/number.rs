use crate::bad_row::RowProblem;

/// The number that a field holds, within limits.
pub(crate) fn bounded_number(text: &[u8], low: f64, high: f64) -> Result<f64, RowProblem> {
    let value = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    match value {
        Some(value) if (low..=high).contains(&value) => Ok(value),
        Some(_) => Err(RowProblem::OutOfRange { low, high }),
        None => Err(RowProblem::NotANumber),
    }
}
