"""Runs vmdpy 0.2 (pip install vmdpy==0.2) for the benchmark vmd_bench.

Reads lines `path modes alpha tolerance` from stdin, path being a file of little-endian f64 samples;
answers each with a line `seconds sweeps`: processor time of the decomposition alone. One thread.
The last frequencies and the modes go, as little-endian f64, to the path with the ending `out`.
"""

import os
import pathlib

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import sys
import time

import numpy
import vmdpy

print("ready vmdpy", "numpy", numpy.__version__, flush=True)
for line in sys.stdin:
    path, modes, alpha, tolerance = line.split()
    signal = numpy.fromfile(path, dtype="<f8")
    start = time.process_time()
    modes, spectra, omega = vmdpy.VMD(
        signal, float(alpha), 0.0, int(modes), 0, 1, float(tolerance)
    )
    seconds = time.process_time() - start
    sweeps = omega.shape[0]
    answer = numpy.concatenate([omega[-1], modes.ravel()]).astype("<f8")
    answer.tofile(pathlib.Path(path).with_suffix(".out"))
    del modes, spectra, omega, answer
    print(seconds, sweeps, flush=True)
