"""Reference values for tests/golden_power_law.rs: errors of the power law in space, by numpy and scipy.

    python3 make_golden_power_law.py > golden_power_law.json     # numpy 2.4.6, scipy 1.17.1

The excess of stations is that of golden.json and one that scatters less than its errors say.
"""

import json
import pathlib
import sys

import numpy as np
import scipy.stats as st
from scipy.optimize import curve_fit, minimize


def floats(x):
    return [float(v) for v in np.asarray(x).ravel()]


def around(log_level, error, quantile):
    return floats(np.exp([log_level - quantile * error, log_level + quantile * error]))


def log_log(r, y):
    fit = st.linregress(np.log(r), np.log(y))
    q = st.t.ppf(0.975, r.size - 2)
    return {"exponent": -fit.slope, "error": fit.stderr, "amplitude": around(fit.intercept, fit.intercept_stderr, q)}


def weighted(r, y, s):
    law = lambda r, l, b: np.exp(l - b * np.log(r))
    guess = [np.log(y[0]) + 0.4 * np.log(r[0]), 0.4]
    of = lambda absolute: curve_fit(law, r, y, p0=guess, sigma=s, absolute_sigma=absolute,
                                    jac=lambda r, l, b: np.c_[law(r, l, b), -law(r, l, b) * np.log(r)],
                                    xtol=1e-15, ftol=1e-15, gtol=1e-15)
    p, cov = of(True)
    scatter = np.sum(((y - law(r, *p)) / s) ** 2) / (r.size - 2)
    q = st.norm.ppf(0.975)
    if scatter > 1:
        cov, q = of(False)[1], st.t.ppf(0.975, r.size - 2)
    return {"exponent": p[1], "error": np.sqrt(cov[1, 1]), "overdispersion": max(scatter, 1.0),
            "amplitude": around(p[0], np.sqrt(cov[0, 0]), q)}


def poisson(r, y):
    x = np.log(r)
    loss = lambda p: np.sum(np.exp(p[0] - p[1] * x) - y * (p[0] - p[1] * x))
    p = minimize(loss, [np.log(y[0]) + 0.4 * x[0], 0.4], method="Nelder-Mead",
                 options={"xatol": 1e-13, "fatol": 1e-14, "maxiter": 100000, "maxfev": 100000}).x
    for _ in range(5):  # Newton to the last digit
        mu = np.exp(p[0] - p[1] * x)
        gradient = np.array([np.sum(mu - y), np.sum(-x * (mu - y))])
        hessian = np.array([[np.sum(mu), -np.sum(mu * x)], [-np.sum(mu * x), np.sum(mu * x * x)]])
        p = p - np.linalg.solve(hessian, gradient)
    mu = np.exp(p[0] - p[1] * x)
    deviance = 2 * np.sum(y * np.log(y / mu) - (y - mu)) / (r.size - 2)
    q = st.t.ppf(0.975, r.size - 2) if deviance > 1 else st.norm.ppf(0.975)
    cov = np.linalg.inv(hessian) * max(deviance, 1.0)
    return {"exponent": p[1], "error": np.sqrt(cov[1, 1]), "overdispersion": max(deviance, 1.0),
            "amplitude": around(p[0], np.sqrt(cov[0, 0]), q)}


def case(r, y, s):
    r, y, s = map(np.array, (r, y, s))
    return {"r": floats(r), "excess": floats(y), "error": floats(s),
            "log_log": log_log(r, y), "weighted": weighted(r, y, s), "poisson": poisson(r, y)}


space = json.loads((pathlib.Path(__file__).parent / "golden.json").read_text())["space"]
json.dump({"cases": [
    case(space["r"], space["excess"], space["error"]),
    case([22.0, 60.0, 110.0, 190.0, 260.0], [151.0, 98.0, 83.0, 60.0, 55.0], [20.0, 15.0, 15.0, 12.0, 12.0]),
]}, sys.stdout, indent=0, default=float)
