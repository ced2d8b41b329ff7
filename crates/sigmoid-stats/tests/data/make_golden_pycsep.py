"""Reference values for tests/golden_pycsep.rs from pyCSEP, the testing centre's own toolkit.

    python3 -m venv venv && venv/bin/pip install \
        numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2 pandas==3.1.1 pycsep==0.8.0
    MPLBACKEND=Agg venv/bin/python make_golden_pycsep.py > golden_pycsep.json

Every input is written beside its answer, so that the test draws nothing itself. pyCSEP's diagrams rank
cells of space; here each cell is a day, as for an alarm in time.
"""

import json
import sys
from importlib.metadata import version

import numpy as np
from csep import plots
from csep.core import poisson_evaluations as csep

rng = np.random.default_rng(20220905)
SIMULATIONS = 20000


def floats(x):
    return [float(v) for v in np.asarray(x).ravel()]


class Cells:
    """What pyCSEP's diagrams ask of a forecast and of a catalogue."""

    name, region = "days", "time"

    def __init__(self, counts):
        self.counts = counts

    def spatial_counts(self):
        return self.counts


def consistency_case(cells, bins, number, uneven):
    """Expected numbers that fall with magnitude, and events drawn from them raised to a power."""
    place = rng.gamma(0.7, 1.0, cells) + 0.02
    expected = np.outer(place, 0.1 ** np.arange(bins, dtype=float) ** 0.5)
    expected *= number / expected.sum()
    weights = (expected**uneven).ravel()
    drawn = rng.choice(weights.size, size=number, p=weights / weights.sum())
    observed = np.bincount(drawn, minlength=weights.size).reshape(expected.shape)
    expected *= rng.uniform(0.7, 1.4)
    delta_1, delta_2 = csep._number_test_ndarray(expected.sum(), observed.sum())

    def test(rates, counts, normalize):
        quantile, likelihood, _ = csep._poisson_likelihood_test(
            rates, counts, num_simulations=SIMULATIONS, seed=1,
            use_observed_counts=True, normalize_likelihood=normalize)
        return {"quantile": float(quantile), "log_likelihood": float(likelihood)}

    return {
        "shape": list(expected.shape), "expected": floats(expected),
        "observed": [int(v) for v in observed.ravel()],
        "delta_1": float(delta_1), "delta_2": float(delta_2),
        "conditional_likelihood": test(expected, observed, False),
        "space": test(expected.sum(axis=1), observed.sum(axis=1), True),
        "magnitude": test(expected.sum(axis=0), observed.sum(axis=0), True),
    }


def gain_case(events):
    ours, theirs = rng.gamma(2.0, 1.0, events) + 0.05, rng.gamma(2.0, 0.7, events) + 0.05
    expected = [float(rng.uniform(0.8, 1.2) * events) for _ in range(2)]
    found = csep._t_test_ndarray(ours, theirs, events, *expected)
    return {"rates": floats(ours), "baseline": floats(theirs), "expected": expected,
            "gain": float(found["information_gain"]),
            "interval": [float(found["ig_lower"]), float(found["ig_upper"])]}


def diagram_case(days, events, levels):
    """`levels` distinct levels of alarm, so that days tie where they are fewer than the days."""
    level = rng.integers(0, levels, days).astype(float) + 1.0
    chosen = rng.choice(days, size=events, replace=False, p=level / level.sum())
    counts = np.bincount(chosen, minlength=days)
    molchan = plots.plot_Molchan_diagram(Cells(level), Cells(counts), show=False).lines[0]
    roc = plots.plot_ROC_diagram(Cells(level), Cells(counts), show=False).lines[0]
    return {"levels": floats(level), "event_days": [int(d) for d in np.sort(chosen)],
            "alarm_fraction": floats(molchan.get_xdata()), "miss_rate": floats(molchan.get_ydata()),
            "false_positive_rate": floats(roc.get_xdata()),
            "true_positive_rate": floats(roc.get_ydata()),
            "area_skill": molchan.get_label().split("ASS=")[1].split("±")[0]}


json.dump({
    "versions": {name: version(name) for name in ("numpy", "scipy", "pycsep")},
    "consistency": [consistency_case(*c) for c in [(40, 5, 30, 1.0), (60, 3, 80, 0.4), (12, 4, 9, 1.6)]],
    "gains": [gain_case(n) for n in (8, 60)],
    "diagrams": [diagram_case(*c) for c in [(90, 7, 90), (90, 12, 4)]],
}, sys.stdout, indent=0)
