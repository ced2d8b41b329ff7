"""The figures of `seismicity_real.rs`, computed apart from the crate, with NumPy.

Usage: python3 seismicity_oracle.py CATALOGUE.csv.gz (the shared `china_m3_1970_2023.csv.gz`)

Gardner-Knopoff follows the loop of `GardnerKnopoffType1.decluster` of the OpenQuake hazard
modeller's toolkit, with the windows of van Stiphout et al. (2012).
"""

import csv
import datetime
import gzip
import math
import sys

import numpy as np

rows = csv.DictReader(gzip.open(sys.argv[1], "rt"))
events, seen = [], set()
for row in rows:
    time = datetime.datetime.fromisoformat(row["time_utc"].replace("Z", "+00:00")).timestamp()
    key = (time, row["lat"], row["lon"])
    if key in seen:
        continue
    seen.add(key)
    latitude, longitude = float(row["lat"]), float(row["lon"])
    if 21 <= latitude <= 34 and 97 <= longitude <= 107:
        events.append((time, latitude, longitude, float(row["mag"])))
events = np.array(events)

bins = np.round(events[:, 3] * 10).astype(int)
print("fullest bin", (np.bincount(bins - bins.min()).argmax() + bins.min()) / 10)
for least in (30, 31, 40):
    x = bins[bins >= least] / 10
    n = len(x)
    b = math.log10(math.e) / (x.mean() - (least / 10 - 0.05))
    scatter = ((x - x.mean()) ** 2).sum() / (n * (n - 1))
    steps = np.arange(least, bins.max() + 1)
    counted = np.array([(bins >= step).sum() for step in steps])
    law = n * 10 ** (-b * (steps - least) / 10)
    goodness = 100 - 100 * np.abs(counted - law).sum() / counted.sum()
    print(least / 10, n, b, b / math.sqrt(n), math.log(10) * b * b * math.sqrt(scatter), goodness)

large = events[events[:, 3] >= 3.95]
large = large[np.argsort(large[:, 0], kind="stable")]
n = len(large)


def distance(a, b):
    half = np.sin(np.radians(b[..., 1] - a[1]) / 2) ** 2
    cosines = np.cos(np.radians(a[1])) * np.cos(np.radians(b[..., 1]))
    half = half + cosines * np.sin(np.radians(b[..., 2] - a[2]) / 2) ** 2
    return 2 * 6371 * np.arcsin(np.sqrt(half))


magnitude = large[:, 3]
radius = 10 ** (0.1238 * magnitude + 0.983)
short, long = 10 ** (0.5409 * magnitude - 0.547), 10 ** (0.032 * magnitude + 2.7389)
window = np.where(magnitude >= 6.5, long, short)
for share in (0.0, 1.0):
    flag = np.zeros(n, int)
    for main in np.argsort(-magnitude, kind="stable"):
        if flag[main] != 0:
            continue
        days = (large[:, 0] - large[main, 0]) / 86400
        inside = (flag == 0) & (days >= -window[main] * share) & (days <= window[main])
        inside[main] = False
        inside[inside] = distance(large[main], large[inside]) <= radius[main]
        flag[inside], flag[main] = 1, 2
    print("Gardner-Knopoff", share, n, (flag == 2).sum())

eta = np.full(n, np.inf)
for child in range(1, n):
    years = (large[child, 0] - large[:child, 0]) / 86400 / 365.25
    km = np.maximum(distance(large[child], large[:child]), 0.1)
    earlier = years > 0
    log = np.log10(np.where(earlier, years, 1)) + 1.6 * np.log10(km) - magnitude[:child]
    eta[child] = np.where(earlier, log, np.inf).min()
print("median log eta", np.median(eta[1:]), "clusters", 1 + (eta[1:] >= -5).sum())
