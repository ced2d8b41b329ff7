"""What pandas, ObsPy, SciPy and earthscopestraintools do of the tasks of `strain-io-bench`.

Answers requests on standard input, one JSON a line: runs the task `times` times, answers with the
seconds of processor time of each, and writes the numbers of the last run to `out` (f64).
Only the task itself is timed: imports, inputs in memory and the writing of `out` are not.
"""

import json
import logging
import sys
import time

logging.disable(logging.CRITICAL)

import numpy as np
import obspy
import pandas
import scipy
from earthscopestraintools.bottle import Bottle
from earthscopestraintools.processing import decimate_1s_to_300s


def csv(request, _):
    frame = pandas.read_csv(request["path"], index_col=0, parse_dates=[0])
    return frame.to_numpy(np.float64)


def bottle(request, _):
    file = Bottle(request["path"])
    file.read_header()
    counts = np.array(file.read_data(), np.float64)
    counts[counts == file.file_metadata["missing"]] = np.nan
    file.file.close()
    return counts


def miniseed(request, _):
    traces = obspy.read(request["path"], format="MSEED")
    traces.merge()
    (trace,) = traces
    return trace.data.astype(np.float64)


def spikes(request, values):
    """The median and the median deviation of every window, a part of the windows at a time."""
    half, threshold, least = request["half"], request["threshold"], request["min_size"]
    cleaned = values.copy()
    windows = np.lib.stride_tricks.sliding_window_view(values, 2 * half + 1)
    for start in range(0, len(windows), 8192):
        part = windows[start : start + 8192]
        middle = np.median(part, axis=1)
        deviation = request["deviations"] * np.median(np.abs(part - middle[:, None]), axis=1)
        centre = part[:, half]
        spike = np.abs(centre - middle) > np.maximum(least, threshold * deviation)
        cleaned[half + start : half + start + len(part)][spike] = middle[spike]
    return cleaned


def decimate(request, values):
    """The same filter, only where a sample is kept."""
    factor, ahead, rows = request["factor"], request["ahead"], request["rows"]
    lead = -ahead % factor
    padded = np.concatenate([np.zeros((lead, values.shape[1])), values])
    filtered = scipy.signal.upfirdn(request["taps"], padded, down=factor, axis=0)
    first = (ahead + lead) // factor
    return filtered[first : first + rows]


def agnew(_, values):
    times = pandas.date_range("2020-01-01", periods=len(values), freq="1s")
    frame = pandas.DataFrame(values, index=times, columns=["s1", "s2", "s3", "s4"])
    return decimate_1s_to_300s(frame).to_numpy()


def write(request):
    """A file of miniSEED 2 in records of 4096 bytes."""
    data = np.fromfile(request["input"], np.float64).astype(np.int32)
    trace = obspy.Trace(data)
    trace.stats.update({"network": "PB", "station": "B084", "location": "T0", "channel": "BS1"})
    trace.stats.sampling_rate = request["rate"]
    trace.write(request["path"], format="MSEED", encoding="STEIM2", reclen=4096)


TASKS = {task.__name__: task for task in (csv, bottle, miniseed, spikes, decimate, agnew)}


def answer(request):
    if request["do"] == "write":
        write(request)
        return {}
    task = TASKS[request["do"]]
    values = None
    if "input" in request:
        values = np.fromfile(request["input"], np.float64)
        if request["columns"] > 1:
            values = values.reshape(-1, request["columns"])
    seconds = []
    for _ in range(request["times"]):
        begin = time.process_time()
        result = task(request, values)
        seconds.append(time.process_time() - begin)
    np.ascontiguousarray(result, np.float64).tofile(request["out"])
    return {"seconds": seconds}


def serve():
    import importlib.metadata

    names = ("numpy", "pandas", "scipy", "obspy", "earthscopestraintools")
    print("ready", *(f"{name} {importlib.metadata.version(name)}" for name in names), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:  # told to the other side, which ends with it
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        print(json.dumps(reply), flush=True)


serve()
