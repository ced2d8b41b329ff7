//! Runs vmd-rs 0.2.1 for the benchmark `vmd_bench`; the protocol is that of `vmdpy_peer.py`.

use std::io::{BufRead, Write};

use cpu_time::ThreadTime;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    writeln!(out, "ready vmd-rs 0.2.1")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [path, modes, alpha, tolerance] = fields.as_slice() else {
            return Err(format!("not four fields: {line}").into());
        };
        let bytes = std::fs::read(path)?;
        let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
        let signal: Vec<f64> = bytes.chunks_exact(8).map(number).collect();
        let (modes, alpha, tolerance) = (modes.parse()?, alpha.parse()?, tolerance.parse()?);
        let start = ThreadTime::now();
        let (_, _, omega) = vmd_rs::vmd(&signal, alpha, 0.0, modes, 0, 1, tolerance)?;
        let seconds = start.elapsed().as_secs_f64();
        writeln!(out, "{seconds} {}", omega.nrows())?;
        out.flush()?;
    }
    Ok(())
}
