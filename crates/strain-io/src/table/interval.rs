use std::collections::HashMap;

/// The commonest step between neighbours of ascending `times`, the smaller of two equally common.
///
/// The smallest step would make one stray row the measure of all others.
pub(super) fn commonest_step(times: impl Iterator<Item = i64>) -> Option<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    // A run of equal steps is counted at once: a regular recording touches the map a few times.
    let mut times = times;
    let mut before = times.next()?;
    let mut steps = times.map(|time| time.saturating_sub(std::mem::replace(&mut before, time)));
    let mut current = steps.next()?;
    let mut run = 1;
    for step in steps {
        if step == current {
            run += 1;
        } else {
            *counts.entry(current).or_default() += run;
            (current, run) = (step, 1);
        }
    }
    *counts.entry(current).or_default() += run;
    let best = counts.into_iter().max_by_key(|&(step, count)| (count, std::cmp::Reverse(step)));
    best.map(|(step, _)| step)
}

/// The remainder modulo `step` that more than half of `times` have, if any has (the majority vote
/// of Boyer and Moore), otherwise that of one of them.
pub(super) fn commonest_phase(times: impl Iterator<Item = i64>, step: i64) -> i64 {
    let (mut candidate, mut votes) = (0, 0_usize);
    for time in times {
        let phase = time.rem_euclid(step);
        if votes == 0 {
            (candidate, votes) = (phase, 1);
        } else if phase == candidate {
            votes += 1;
        } else {
            votes -= 1;
        }
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps() {
        assert_eq!(commonest_step([0].into_iter()), None);
        assert_eq!(commonest_step([0, 7].into_iter()), Some(7));
        assert_eq!(commonest_step([0, 10, 20, 25, 30, 40].into_iter()), Some(10));
        assert_eq!(commonest_step([0, 10, 15].into_iter()), Some(5));
        assert_eq!(commonest_step([i64::MIN, i64::MAX].into_iter()), Some(i64::MAX));
    }

    #[test]
    fn phases() {
        assert_eq!(commonest_phase([3, 10, 20, 30].into_iter(), 10), 0);
        assert_eq!(commonest_phase([-7, 3, 13, 20].into_iter(), 10), 3);
    }
}
