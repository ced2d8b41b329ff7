use std::fmt::Write as _;

use super::study::GAP;
use super::tally::Group;

/// The groups as Markdown: a table wherever section or sizes change.
pub(crate) fn tables(groups: &[Group]) -> String {
    let mut text = String::new();
    for same in groups.chunk_by(|a, b| a.section == b.section && a.sizes == b.sizes) {
        if !text.is_empty() {
            text.push('\n');
        }
        let gaps = same[0].section == GAP;
        let unit = if gaps { "h" } else { "σ" };
        let mut head = format!("| {} |", same[0].section);
        same[0].sizes.iter().for_each(|size| head += &format!(" {size} {unit} |"));
        if !gaps {
            head += " rms error, σ | false alarms a year |";
        }
        let columns = head.matches('|').count() - 1;
        let _ = writeln!(text, "{head}\n|{}", "---|".repeat(columns));
        for group in same {
            let _ = writeln!(text, "{}", row(group, gaps));
        }
    }
    text
}

fn row(group: &Group, gaps: bool) -> String {
    let all = 0..group.sizes.len();
    let mut row = format!("| {} |", group.name);
    for size in all.clone() {
        let (value, error) = if gaps { group.rms(size..size + 1) } else { group.share(size) };
        row += &if gaps {
            format!(" {value:.2} ± {error:.2} |")
        } else {
            format!(" {value:.1} ± {error:.1} |")
        };
    }
    if gaps {
        return row;
    }
    // What is mistaken for something else has no size to be off by, and no false alarms.
    let ((rms, rms_error), (rate, rate_error)) = (group.rms(all), group.alarms());
    if rms > 0.0 {
        row += &format!(" {rms:.2} ± {rms_error:.2} |");
    } else {
        row += " – |";
    }
    if group.years > 0.0 {
        row += &format!(" {rate:.3} ± {rate_error:.3} |");
    } else {
        row += " – |";
    }
    row
}
