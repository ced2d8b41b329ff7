//! Fits an offset, a trend and one tidal constituent (M2) to a month of hourly strain.
use ndarray::{Array1, Array2};
use stmn_linalg::{LinalgError, default_backend};

fn main() -> Result<(), LinalgError> {
    let omega = 28.984_104_2_f64.to_radians(); // M2, radians per hour
    let design = Array2::from_shape_fn((720, 4), |(hour, column)| {
        let t = hour as f64;
        [1.0, t, (omega * t).cos(), (omega * t).sin()][column]
    });
    let truth = Array1::from(vec![5.0, 0.01, 12.0, -3.0]);
    let fit = default_backend().least_squares(design.view(), design.dot(&truth).view())?;
    println!("offset, trend, M2 cosine, M2 sine: {:.6}", fit.solution);
    Ok(())
}
