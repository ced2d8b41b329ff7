"""Reference values for tests/golden.rs from independent implementations.

    python3 -m venv venv && venv/bin/pip install \
        numpy==2.4.6 scipy==1.17.1 lmfit==1.3.4 statsmodels==0.15.0 arch==8.0.0
    venv/bin/python make_golden.py > golden.json

Every input is written beside its answer, so that the test draws nothing itself.
"""

import json
import sys
import warnings

import lmfit
import numpy as np
import scipy.stats as st
import statsmodels.api as sm
from arch.bootstrap import optimal_block_length
from scipy.optimize import curve_fit
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

warnings.simplefilter("ignore")
rng = np.random.default_rng(20220905)


def floats(x):
    return [float(v) for v in np.asarray(x).ravel()]


def sigmoid(t, a, b, c, d):
    return a / (1 + np.exp(-b * (t - c))) + d


def sigmoid_case(a, b, c, noise):
    t = np.arange(120.0)
    y = sigmoid(t, a, b, c, 5.0) + rng.normal(0, noise, t.size)
    p, cov = curve_fit(sigmoid, t, y, p0=[a, b, c, 5.0], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    model = lmfit.Model(sigmoid)
    result = model.fit(y, t=t, a=p[0], b=p[1], c=p[2], d=p[3])
    interval = lmfit.conf_interval(result, result, p_names=["c"], sigmas=[0.95])["c"]
    return {
        "t": floats(t),
        "y": floats(y),
        "parameters": floats(p),
        "standard_errors": floats(np.sqrt(np.diag(cov))),
        "c_interval": [interval[0][1], interval[-1][1]],
    }


def curve_cases():
    t = np.arange(100.0)
    exponential = lambda t, a, k, d: a * np.exp(k * t) + d
    power = lambda t, a, T, m, d: d - a * np.abs(T - t) ** m
    pieces = lambda t, i, s, e, c: i + s * t + (e - s) * np.maximum(t - c, 0)
    cases = []
    for kind, f, truth, names in [
        ("exponential", exponential, [2.0, 0.03, 4.0], ["a", "k", "d"]),
        ("power_law", power, [20.0, 112.0, 0.4, 130.0], ["a", "failure_time", "m", "d"]),
        ("piecewise", pieces, [3.0, 0.5, 1.5, 61.3], ["intercept", "slope_before", "slope_after", "break_time"]),
    ]:
        y = f(t, *truth) + rng.normal(0, 0.3, t.size)
        p, cov = curve_fit(f, t, y, p0=truth, xtol=1e-15, ftol=1e-15, gtol=1e-15, maxfev=100000)
        cases.append({
            "kind": kind, "t": floats(t), "y": floats(y),
            "parameters": dict(zip(names, floats(p))),
            "standard_errors": dict(zip(names, floats(np.sqrt(np.diag(cov))))),
            "sse": float(np.sum((y - f(t, *p)) ** 2)),
        })
    return cases


def line_case():
    t = np.arange(40.0)
    y = 0.4 * t + 3 + rng.normal(0, 1, t.size)
    fit = sm.OLS(y, sm.add_constant(t)).fit()
    return {"t": floats(t), "y": floats(y), "aic": fit.aic, "bic": fit.bic, "sse": fit.ssr,
            "parameters": floats(fit.params)}


def count_case():
    y = rng.negative_binomial(3, 3 / 7.0, 250).astype(float)
    poisson = sm.Poisson(y, np.ones_like(y)).fit(disp=0)
    nb = sm.NegativeBinomial(y, np.ones_like(y)).fit(disp=0, maxiter=500, gtol=1e-10)
    return {"counts": floats(y),
            "poisson": {"log_likelihood": poisson.llf, "aic": poisson.aic, "bic": poisson.bic},
            "negative_binomial": {"dispersion": float(nb.params[1]), "log_likelihood": nb.llf,
                                  "aic": nb.aic, "bic": nb.bic}}


def tests_case():
    p = rng.uniform(0, 0.2, 12)
    x, y = rng.normal(1, 1, 14), rng.normal(0.4, 1, 14)
    t = st.ttest_rel(x, y)
    w = st.wilcoxon(x, y, method="exact")
    scores = rng.integers(0, 8, 80).astype(float)
    positive = rng.uniform(size=80) < 0.1 + 0.08 * scores
    u = st.mannwhitneyu(scores[positive], scores[~positive])
    binomial = []
    for hits, events, tau in [(3, 5, 0.2), (8, 10, 0.3), (1, 40, 0.02), (20, 20, 0.9), (0, 4, 0.5)]:
        upper = st.binomtest(hits, events, tau, alternative="greater").pvalue
        low = proportion_confint(hits, events, alpha=0.05, method="beta")[0]
        binomial.append({"hits": hits, "events": events, "fraction": tau, "p": upper,
                         "r0": hits / events - float(low)})
    poisson = [{"expected": m, "observed": n, "at_least": float(st.poisson.sf(n - 1, m)),
                "at_most": float(st.poisson.cdf(n, m))} for m, n in [(5.5, 9), (0.3, 1), (120.0, 90)]]
    return {"p": floats(p), "holm": floats(multipletests(p, method="holm")[1]),
            "benjamini_hochberg": floats(multipletests(p, method="fdr_bh")[1]),
            "x": floats(x), "y": floats(y), "t": float(t.statistic), "t_p": float(t.pvalue),
            "wilcoxon": float(w.statistic), "wilcoxon_p": float(w.pvalue),
            "scores": floats(scores), "positive": [bool(v) for v in positive],
            "auc": float(u.statistic / (positive.sum() * (~positive).sum())),
            "binomial": binomial, "poisson": poisson}


def block_cases():
    cases = []
    for rho in [0.0, 0.5, 0.9]:
        e = rng.normal(size=500)
        x = np.zeros(500)
        for i in range(1, 500):
            x[i] = rho * x[i - 1] + e[i]
        b = optimal_block_length(x)
        cases.append({"x": floats(x), "stationary": float(b["stationary"].iloc[0]),
                      "circular": float(b["circular"].iloc[0])})
    return cases


def space_case():
    r = np.array([22.0, 60.0, 110.0, 190.0, 260.0, 400.0, 700.0])
    y = np.round(130 * r**-0.4 * 20 * np.exp(rng.normal(0, 0.2, r.size)))
    s = 5 + 0.1 * y
    ols = sm.OLS(np.log(y), sm.add_constant(np.log(r))).fit()
    p, _ = curve_fit(lambda r, a, b: a * r**-b, r, y, p0=[2000, 0.4], sigma=s, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    glm = sm.GLM(y, sm.add_constant(np.log(r)), family=sm.families.Poisson()).fit(tol=1e-14)
    return {"r": floats(r), "excess": floats(y), "error": floats(s),
            "log_log": {"exponent": -float(ols.params[1]), "p": float(ols.pvalues[1]), "r2": float(ols.rsquared),
                        "interval": floats(-ols.conf_int()[1][::-1])},
            "weighted": floats(p),
            "poisson_exponent": -float(glm.params[1])}


json.dump({
    "versions": {m.__name__: m.__version__ for m in (np, lmfit)},
    "sigmoid": [sigmoid_case(*c) for c in [(100, 0.1, 60, 1.0), (40, 0.3, 80, 0.5), (300, 0.06, 50, 4.0)]],
    "curves": curve_cases(), "line": line_case(), "counts": count_case(), "tests": tests_case(),
    "blocks": block_cases(), "space": space_case(),
}, sys.stdout, indent=0)
