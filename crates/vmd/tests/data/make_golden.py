"""Writes golden.json beside itself: what vmdpy 0.2 answers for a few small signals.

    python3 -m venv venv && venv/bin/pip install vmdpy==0.2 && venv/bin/python make_golden.py
"""

import json
import pathlib

import numpy
import vmdpy


def tones(length, *parts):
    t = numpy.arange(length)
    return sum(a * numpy.cos(2 * numpy.pi * f * t + p) for a, f, p in parts)


def noisy(length, seed):
    noise = numpy.random.default_rng(seed).normal(size=length)
    return tones(length, (1, 0.05, 0.3), (0.5, 0.21, 1), (0.3, 0.4, 2)) + 0.2 * noise


# name, signal, alpha, tau, modes, dc, init, tolerance
CASES = [
    ("three tones", noisy(64, 1), 200.0, 0.0, 3, 0, 1, 1e-7),
    ("odd length", noisy(63, 2), 200.0, 0.0, 3, 0, 1, 1e-7),
    ("mode at zero", noisy(64, 3) + 2, 200.0, 0.0, 4, 1, 1, 1e-7),
    ("all start at zero", noisy(64, 4), 500.0, 0.0, 2, 0, 0, 1e-7),
    ("dual ascent", noisy(64, 5), 100.0, 0.1, 2, 0, 1, 1e-7),
    ("one mode", noisy(32, 6), 1000.0, 0.0, 1, 0, 1, 1e-7),
    ("eight modes", noisy(80, 7), 50.0, 0.0, 8, 0, 1, 1e-8),
    ("cap", noisy(64, 8), 2000.0, 0.0, 5, 0, 1, 1e-16),
    ("strain units", 1e-9 * noisy(48, 9), 200.0, 0.0, 3, 0, 1, 1e-7),
    ("four samples", numpy.array([1.0, 2.0, -1.0, 0.5]), 2000.0, 0.0, 2, 0, 1, 1e-7),
]

cases = []
for name, signal, alpha, tau, modes, dc, init, tolerance in CASES:
    u, _, omega = vmdpy.VMD(signal, alpha, tau, modes, dc, init, tolerance)
    cases.append(
        {
            "name": name,
            "signal": signal.tolist(),
            "alpha": alpha,
            "tau": tau,
            "K": modes,
            "dc": bool(dc),
            "init": ["zero", "uniform"][init],
            "tolerance": tolerance,
            "sweeps": int(omega.shape[0]),
            "omega": omega[-1].tolist(),
            "modes": u.tolist(),
        }
    )

versions = {"vmdpy": "0.2", "numpy": numpy.__version__}
path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps({"versions": versions, "cases": cases}, allow_nan=False) + "\n")
