//! Reads a recording of any known format, prints how good it is and, if a second path is given,
//! writes it there as Parquet (`.parquet`) or CSV.
//!
//! `cargo run --release --example quality -- IN [OUT]`

use std::error::Error;
use std::path::Path;

use strain_io::{QualityConfig, ReadOptions, Recording, assess_read, read_recording, write_csv};

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args().skip(1);
    let input = paths.next().ok_or("usage: quality IN [OUT]")?;
    let read = read_recording(&input, &ReadOptions::default())?;
    let report = assess_read(&read, &QualityConfig::default())?;

    if let Some(recognised) = &read.recognised {
        println!("{:?}, because {}", recognised.format, recognised.because);
    }
    println!("{} from {} to {}", report.station, report.start, report.end);
    println!("every {} s", report.interval_s);
    println!("{:>24} {:>9} {:>9} {:>10}", "channel", "samples", "missing", "continuity");
    for channel in &report.channels {
        let (name, samples, missing) = (&channel.name, channel.samples, channel.missing);
        println!("{name:>24} {samples:>9} {missing:>9} {:>10.5}", channel.continuity);
    }
    if let Some(agreement) = &report.self_consistency {
        println!("S1+S3 on S2+S4, raw:         {:?} {:?}", agreement.correlation, agreement.slope);
        let (correlation, slope) = (agreement.difference_correlation, agreement.difference_slope);
        println!("S1+S3 on S2+S4, differences: {correlation:?} {slope:?}");
    }
    if let Some(output) = paths.next() {
        write(&read.recording, Path::new(&output))?;
    }
    Ok(())
}

fn write(recording: &Recording, path: &Path) -> strain_io::Result<()> {
    #[cfg(feature = "parquet")]
    if path.extension().is_some_and(|extension| extension == "parquet") {
        return strain_io::write_parquet(recording, path);
    }
    write_csv(recording, path)
}
