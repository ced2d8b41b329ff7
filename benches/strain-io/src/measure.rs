//! Both sides in turns, and what they give held against one another.

use std::path::Path;

use cpu_time::ProcessTime;
use peer_process::Peer;
use serde_json::json;

use crate::inputs::read_numbers;
use crate::tasks::{Same, Task};

pub(crate) fn print_table(
    tasks: &[Task],
    peer: &mut Peer,
    rounds: usize,
    folder: &Path,
) -> Result<(), String> {
    println!("| task | size | ours, ms | peer | its ms | ratio | largest difference |");
    println!("|---|---|---|---|---|---|---|");
    for task in tasks {
        let mut request = task.request.clone();
        request["times"] = json!(task.times);
        request["out"] = json!(folder.join("out"));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut difference = String::new();
        for _ in 0..rounds.max(1) {
            let mut values = Vec::new();
            for _ in 0..task.times {
                let begin = ProcessTime::now();
                let recording = (task.ours)()?;
                ours.push(begin.elapsed().as_secs_f64());
                values = recording.values().iter().copied().collect();
            }
            let answer = peer.ask(&request)?;
            let seconds = answer["seconds"].as_array().ok_or("no seconds in the answer")?;
            theirs.extend(seconds.iter().filter_map(serde_json::Value::as_f64));
            let other = read_numbers(&folder.join("out"))?;
            difference = compare(task.same, &values, &other)
                .map_err(|problem| format!("{}: {problem}", task.name))?;
        }
        let (ours, theirs) = (1e3 * median(&mut ours), 1e3 * median(&mut theirs));
        println!(
            "| {} | {} | {ours:.1} | {} | {theirs:.1} | **{:.1}** | {difference} |",
            task.name,
            task.size,
            task.peer,
            theirs / ours
        );
    }
    Ok(())
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The largest difference, in the words of the table; an error where it is larger than allowed.
fn compare(same: Same, ours: &[f64], theirs: &[f64]) -> Result<String, String> {
    let allowed = match same {
        Same::None => return Ok("not compared".to_owned()),
        Same::All => 0.0,
        Same::Within(share) | Same::Known(share) => share,
    };
    if ours.len() != theirs.len() {
        return Err(format!("{} numbers against {}", ours.len(), theirs.len()));
    }
    let (mut largest, mut off, mut compared) = (0.0_f64, 0.0_f64, 0);
    for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
        if a.is_nan() && (b.is_nan() || matches!(same, Same::Known(_))) {
            continue;
        }
        if a.is_nan() || b.is_nan() {
            return Err(format!("number {index} is {a} against {b}"));
        }
        compared += 1;
        largest = largest.max(a.abs());
        off = off.max((a - b).abs());
    }
    if 2 * compared < ours.len() {
        return Err(format!("only {compared} of {} numbers are known", ours.len()));
    }
    if off > allowed * largest {
        return Err(format!("a difference of {off:e} in numbers of up to {largest:e}"));
    }
    Ok(if off == 0.0 { "none".to_owned() } else { format!("{:.0e} of the largest", off / largest) })
}
