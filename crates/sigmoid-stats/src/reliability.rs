use crate::analysis::Window;
use crate::analysis_config::AnalysisConfig;
use crate::judge::Judgement;
use crate::null::EmpiricalP;
use crate::split::Split;

/// Draws below which a p near 0.01 is mostly Monte-Carlo noise.
const DRAWS_WANTED: usize = 1000;
/// Share of the window below which gaps decide the picture.
const COVERAGE_WANTED: f64 = 0.8;

/// Independent quiet days below which the memory of the counts, and with it every p-value, is known
/// too badly: see the calibration table on the book's page *Measured*. The 540 quiet days of 720 with a
/// correlation of 0.95 from day to day are worth about 30 and must not claim, however lucky the estimate;
/// those with a correlation of 0.8 are worth about 80 and may.
const INDEPENDENT_DAYS_WANTED: f64 = 50.0;
/// Smallest p that a record of fewer may claim.
const SMALLEST_CLAIM: f64 = 0.1;

/// Days per independent day from which the inflection's interval no longer claims its 95 %: simulated
/// records that remember for 7 days and more were covered in 46 to 100 % (*Measured*, the table of power);
/// independent days come out at 1.4 to 1.9.
const MEMORY_OF_AN_INTERVAL: f64 = 3.0;

/// Largest p with which a build-up counts as found: among records with p below 0.05 there are many that were
/// lucky, and lucky bumps are where chance put them.
const FOUND: f64 = 0.01;

/// The p-value that a record worth so many independent days can carry.
pub(crate) fn supported(p: EmpiricalP, independent_days: f64) -> EmpiricalP {
    if independent_days < INDEPENDENT_DAYS_WANTED && p.p_value < SMALLEST_CLAIM {
        EmpiricalP { p_value: SMALLEST_CLAIM, ..p }
    } else {
        p
    }
}

/// Standard errors of its own that the excess of a build-up must have for a date. A smaller one that is found with
/// p ≤ 0.01 was helped by chance, and stands where chance put it (*Measured*, the table of power).
const EXCESS_OF_A_DATE: f64 = 5.0;

/// Whether the inflection's interval claims to cover as often as it says: it is for a build-up that is
/// there, in counts that do not remember for long.
pub(crate) fn interval_claimed(judged: &Judgement, quiet_days: usize) -> bool {
    let Judgement { p, excess, independent_days, rate, .. } = judged;
    rate.is_some()
        && p.p_value <= FOUND
        && excess.number >= EXCESS_OF_A_DATE * excess.standard_error
        && (quiet_days as f64) < MEMORY_OF_AN_INTERVAL * independent_days
}

/// What limits the claim that the analysis may carry.
pub(crate) fn warnings(
    window: &Window,
    judged: &Judgement,
    split: &Split,
    config: &AnalysisConfig,
) -> Vec<String> {
    let Judgement { fits, background, rate, .. } = judged;
    let mut warnings = Vec::new();
    let quiet_days = split.quiet.len();
    if config.null_draws < DRAWS_WANTED {
        let draws = config.null_draws;
        warnings
            .push(format!("only {draws} null draws; use {DRAWS_WANTED} or more for p near 0.01"));
    }
    if (window.observed_days as f64) < COVERAGE_WANTED * window.days as f64 {
        let Window { observed_days, days, .. } = window;
        warnings.push(format!("only {observed_days} of the window's {days} days are observed"));
    }
    let independent = background.independent_days(quiet_days);
    if independent < INDEPENDENT_DAYS_WANTED {
        warnings.push(format!(
            "the record is too short for the claim: its counts remember for so long that \
             {quiet_days} quiet days are worth {independent:.0} independent ones, and \
             {INDEPENDENT_DAYS_WANTED} are wanted; no p below {SMALLEST_CLAIM} is given"
        ));
    }
    if let Some(bound) = fits.bound {
        warnings.push(format!(
            "the sigmoid of the cumulative curve lies on a bound ({bound:?}); its parameters are \
             no estimates"
        ));
    }
    if !fits.converged {
        warnings.push("the sigmoid of the cumulative curve did not converge".into());
    }
    let memory = quiet_days as f64 / independent;
    if rate.is_some() && memory >= MEMORY_OF_AN_INTERVAL {
        warnings.push(format!(
            "the inflection's interval does not claim its 95 %: {memory:.0} of these days are worth one \
             independent one, and with such a memory it covered in fewer simulated records"
        ));
    }
    if rate.is_none() {
        warnings.push("the likelihood finds no excess over the background to date".into());
    }
    warnings
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Poisson};

    use crate::{
        Analysis, AnalysisConfig, Baseline, CountProcess, DailyCounts, FilterGrid, analyze,
        plant_sigmoid,
    };

    const WANDERING: CountProcess = CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho: 0.8 };

    /// Of so many events planted in counts of `process`.
    fn build_up(process: CountProcess, events: f64, seed: u64) -> Analysis {
        let mut counts = process.draw(720, seed).unwrap();
        plant_sigmoid(&mut counts, events, 0.15, 680.0, seed + 1).unwrap();
        let counts = counts.into_iter().map(Some).collect();
        let counts = DailyCounts::new(date(2021, 1, 1), counts).unwrap();
        let event = "2022-12-22T00:00:00Z".parse().unwrap();
        let config = AnalysisConfig::default().with_null_draws(199);
        analyze(&counts, event, None, &config, 7).unwrap()
    }

    /// What the analysis of 150 events warns of.
    fn warnings(process: CountProcess) -> Vec<String> {
        let found = build_up(process, 150.0, 1);
        assert!(found.inflection_interval.is_some());
        found.warnings
    }

    #[test]
    fn an_interval_claims_its_95_percent_beside_what_stands_out_alone() {
        let of = |process, events| -> [usize; 2] {
            let found: Vec<Analysis> =
                (1..=8).map(|seed| build_up(process, events, 10 * seed)).collect();
            // No claim without a date, a small p and an excess that its error leaves.
            for analysis in found.iter().filter(|a| a.inflection_claimed) {
                assert!(analysis.inflection_interval.is_some() && analysis.p_value <= 0.01);
                let excess = &analysis.excess;
                assert!(excess.number >= 5.0 * excess.standard_error, "{excess:?}");
            }
            let found_at_all = found.iter().filter(|a| a.p_value <= 0.01).count();
            [found_at_all, found.iter().filter(|a| a.inflection_claimed).count()]
        };
        let poisson = CountProcess::Poisson { mean: 4.0 };
        let [_, claimed] = of(poisson, 320.0);
        assert!(claimed >= 5, "{claimed} of 8");
        // Found in half of the records, and hardly ever large enough for a date.
        let [found, claimed] = of(poisson, 80.0);
        assert!(found > claimed && claimed <= 3, "{claimed} of {found}");
        assert_eq!(of(poisson, 20.0)[1], 0);
        assert_eq!(of(WANDERING, 320.0)[1], 0);
    }

    #[test]
    fn an_interval_beside_counts_that_remember_does_not_claim_its_95_percent() {
        let unclaimed = |warnings: Vec<String>| {
            warnings.iter().any(|warning| warning.contains("does not claim its 95 %"))
        };
        assert!(!unclaimed(warnings(CountProcess::Poisson { mean: 4.0 })));
        assert!(unclaimed(warnings(WANDERING)));
    }

    /// Rates that rise by half or double over the record: measured from their line there is no excess.
    /// From the mean of the quiet days there is one, and the drift is taken for a memory, so that fewer of
    /// the quiet days are independent.
    #[test]
    fn a_drift_of_the_quiet_days_is_no_excess() {
        let of = |rise: f64, seed: u64, baseline: Baseline| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let counts = (0..720).map(|day| {
                let rate = 4.0 * (1.0 + rise * f64::from(day) / 720.0);
                Some(Poisson::new(rate).unwrap().sample(&mut rng))
            });
            let counts = DailyCounts::new(date(2021, 1, 1), counts.collect()).unwrap();
            let event = "2022-12-22T00:00:00Z".parse().unwrap();
            let filter = FilterGrid::default().with_baseline(baseline);
            let config = AnalysisConfig::default().with_null_draws(99).with_filter(filter);
            analyze(&counts, event, None, &config, 7).unwrap()
        };
        for rise in [0.0, 0.5, 1.0] {
            let mut far = 0;
            for seed in 0..10 {
                let line = of(rise, seed, Baseline::Trend);
                assert!(line.excess.number < 3.5 * line.excess.standard_error, "{line:?}");
                far += usize::from(line.excess.number > 2.0 * line.excess.standard_error);
                if rise == 1.0 {
                    let mean = of(rise, seed, Baseline::QuietMean);
                    assert!(mean.excess.number > 100.0 + line.excess.number, "{mean:?}");
                    assert!(mean.independent_days < 0.5 * line.independent_days, "{mean:?}");
                }
            }
            assert!(far <= 3, "rise {rise}: {far} of 10");
        }
    }
}
