//! Against scipy, lmfit, statsmodels and arch: `tests/data/make_golden.py` made the answers.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use serde_json::Value;
use sigmoid_stats::{
    CountDistribution, Curve, CurveKind, PowerLawMethod, SigmoidOptions, aicc, benjamini_hochberg,
    bic, block_length, compare_count_rates, consistency_tests, fit_curve, fit_line, fit_sigmoid,
    holm, paired_t, power_law_with, r_value, roc, wilcoxon,
};

fn golden() -> Value {
    serde_json::from_str(include_str!("data/golden.json")).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(ours: f64, theirs: &Value, tolerance: f64) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() <= tolerance * (1.0 + theirs.abs()), "{ours} {theirs}");
}

/// `curve_fit` ends where its own tolerance lets it: parameters to 1e-7, errors to 1e-6.
#[test]
fn sigmoids_of_scipy() {
    for case in golden()["sigmoid"].as_array().unwrap() {
        let (t, y) = (floats(&case["t"]), floats(&case["y"]));
        let fit = fit_sigmoid(&t, &y, &SigmoidOptions::default()).unwrap();
        for (k, ours) in [fit.a, fit.b, fit.c, fit.d].into_iter().enumerate() {
            close(ours, &case["parameters"][k], 1e-7);
            close(fit.standard_errors.unwrap()[k], &case["standard_errors"][k], 1e-6);
        }
    }
}

#[test]
fn other_curves_of_scipy() {
    for case in golden()["curves"].as_array().unwrap() {
        let (t, y) = (floats(&case["t"]), floats(&case["y"]));
        let kind = match case["kind"].as_str().unwrap() {
            "exponential" => CurveKind::Exponential,
            "power_law" => CurveKind::PowerLaw,
            _ => CurveKind::Piecewise,
        };
        let fit = fit_curve(kind, &t, &y).unwrap();
        close(fit.sse, &case["sse"], 1e-8);
        let p = &case["parameters"];
        let pairs = match fit.curve {
            Curve::Exponential { a, k, d, .. } => vec![("a", a), ("k", k), ("d", d)],
            Curve::PowerLaw { a, failure_time, m, d } => {
                vec![("a", a), ("failure_time", failure_time), ("m", m), ("d", d)]
            }
            Curve::Piecewise { slope_before, slope_after, break_time, intercept } => vec![
                ("slope_before", slope_before),
                ("slope_after", slope_after),
                ("break_time", break_time),
                ("intercept", intercept),
            ],
            other => panic!("{other:?}"),
        };
        let errors = fit.standard_errors().unwrap();
        // The valley of the power law is flat: its sum of squares is the sharper test.
        let within = if kind == CurveKind::PowerLaw { 1e-3 } else { 1e-5 };
        for ((name, ours), error) in pairs.into_iter().zip(errors) {
            close(ours, &p[name], within);
            // Their Jacobian is of differences; ours is exact.
            close(error, &case["standard_errors"][name], 10.0 * within);
        }
    }
}

#[test]
fn criteria_of_statsmodels() {
    let golden = golden();
    let case = &golden["line"];
    let line = fit_line(&floats(&case["t"]), &floats(&case["y"])).unwrap();
    close(line.sse, &case["sse"], 1e-10);
    let n = line.n as f64;
    // Theirs keeps the constant and does not count the variance.
    let constant = n * (std::f64::consts::TAU.ln() + 1.0);
    let ours = bic(line.sse, line.n, 3).unwrap() + constant - n.ln();
    close(ours, &case["bic"], 1e-10);
    // Nor does its AIC correct for the number of points: less 2·3·4/(n − 4), and 2 for the variance.
    let ours = aicc(line.sse, line.n, 3).unwrap() + constant - 24.0 / (n - 4.0) - 2.0;
    close(ours, &case["aic"], 1e-10);
    let case = &golden["counts"];
    let counts: Vec<Option<f64>> = floats(&case["counts"]).into_iter().map(Some).collect();
    let found = compare_count_rates(&counts).unwrap();
    for (ours, theirs) in [
        (found.constant_poisson, &case["poisson"]),
        (found.constant_negative_binomial, &case["negative_binomial"]),
    ] {
        close(ours.log_likelihood, &theirs["log_likelihood"], 1e-8);
        close(ours.aic, &theirs["aic"], 1e-8);
        close(ours.bic, &theirs["bic"], 1e-8);
        if let CountDistribution::NegativeBinomial { dispersion } = ours.distribution {
            close(dispersion, &theirs["dispersion"], 1e-4);
        }
    }
}

#[test]
fn tests_of_scipy_and_statsmodels() {
    let golden = golden();
    let case = &golden["tests"];
    let p = floats(&case["p"]);
    for (k, (h, b)) in
        holm(&p).unwrap().into_iter().zip(benjamini_hochberg(&p).unwrap()).enumerate()
    {
        close(h, &case["holm"][k], 1e-12);
        close(b, &case["benjamini_hochberg"][k], 1e-12);
    }
    let (x, y) = (floats(&case["x"]), floats(&case["y"]));
    let t = paired_t(&x, &y).unwrap();
    close(t.t, &case["t"], 1e-10);
    close(t.p_value, &case["t_p"], 1e-10);
    let w = wilcoxon(&x, &y).unwrap();
    close(w.statistic, &case["wilcoxon"], 0.0);
    close(w.p_value, &case["wilcoxon_p"], 1e-12);
    let positive: Vec<bool> =
        case["positive"].as_array().unwrap().iter().map(|v| v.as_bool().unwrap()).collect();
    close(roc(&floats(&case["scores"]), &positive).unwrap().auc, &case["auc"], 1e-12);
    for b in case["binomial"].as_array().unwrap() {
        let whole = |name: &str| b[name].as_u64().unwrap() as usize;
        let r = r_value(whole("hits"), whole("events"), b["fraction"].as_f64().unwrap()).unwrap();
        close(r.p_value, &b["p"], 1e-10);
        close(r.r0, &b["r0"], 1e-10);
    }
    for b in case["poisson"].as_array().unwrap() {
        let expected = ndarray::arr2(&[[b["expected"].as_f64().unwrap()]]);
        let observed = ndarray::arr2(&[[b["observed"].as_u64().unwrap() as usize]]);
        let tests = consistency_tests(expected.view(), observed.view(), 99, 0).unwrap();
        close(tests.number.at_least, &b["at_least"], 1e-10);
        close(tests.number.at_most, &b["at_most"], 1e-10);
    }
}

#[test]
fn block_lengths_of_arch() {
    for case in golden()["blocks"].as_array().unwrap() {
        let found = block_length(&floats(&case["x"])).unwrap();
        close(found.stationary, &case["stationary"], 1e-8);
        close(found.circular, &case["circular"], 1e-8);
    }
}

#[test]
fn power_laws_in_space() {
    let golden = golden();
    let case = &golden["space"];
    let (r, excess, error) = (floats(&case["r"]), floats(&case["excess"]), floats(&case["error"]));
    let of = |method| power_law_with(method, &r, &excess, &error, 0.95).unwrap();
    let log_log = of(PowerLawMethod::LogLog);
    close(log_log.exponent, &case["log_log"]["exponent"], 1e-10);
    close(log_log.p_value, &case["log_log"]["p"], 1e-10);
    close(log_log.r2, &case["log_log"]["r2"], 1e-10);
    for k in 0..2 {
        close(log_log.exponent_interval[k], &case["log_log"]["interval"][k], 1e-9);
    }
    let weighted = of(PowerLawMethod::Weighted);
    close(weighted.amplitude, &case["weighted"][0], 1e-5);
    close(weighted.exponent, &case["weighted"][1], 1e-6);
    close(of(PowerLawMethod::Poisson).exponent, &case["poisson_exponent"], 1e-6);
}

/// Standard errors of b and intervals of A, with and without scatter beyond the errors given.
#[test]
fn errors_of_power_laws_in_space() {
    let golden: Value = serde_json::from_str(include_str!("data/golden_power_law.json")).unwrap();
    let mut overdispersed = [0; 2];
    for case in golden["cases"].as_array().unwrap() {
        let of = |name: &str| floats(&case[name]);
        for (name, method) in [
            ("log_log", PowerLawMethod::LogLog),
            ("weighted", PowerLawMethod::Weighted),
            ("poisson", PowerLawMethod::Poisson),
        ] {
            let fit = power_law_with(method, &of("r"), &of("excess"), &of("error"), 0.95).unwrap();
            let theirs = &case[name];
            close(fit.exponent, &theirs["exponent"], 1e-6);
            // Where the golden section ends the misfit is flat to rounding, and the exponent good to 1e-7.
            close(fit.exponent_standard_error.unwrap(), &theirs["error"], 1e-6);
            for (ours, theirs) in
                fit.amplitude_interval.unwrap().into_iter().zip(floats(&theirs["amplitude"]))
            {
                assert!((ours / theirs - 1.0).abs() < 1e-5, "{name}: {ours} {theirs}");
            }
            assert!(!fit.exponent_at_bound);
            if let Some(scatter) = theirs["overdispersion"].as_f64() {
                assert!((fit.overdispersion / scatter - 1.0).abs() < 1e-6, "{name}");
                overdispersed[usize::from(scatter > 1.0)] += 1;
            }
        }
    }
    assert_eq!(overdispersed, [2, 2]);
}
