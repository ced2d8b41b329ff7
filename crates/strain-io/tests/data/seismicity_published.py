"""Figures of `seismicity_real.rs` from a published implementation: SeismoStats of the Swiss Seismological Service.

    python3 -m venv seismostats && seismostats/bin/pip install seismostats==1.0.1
    seismostats/bin/python seismicity_published.py CATALOGUE.csv.gz > seismicity_published.json

CATALOGUE is the shared `china_m3_1970_2023.csv.gz`; what is taken of it is what the test takes.
"""

import json
import sys

import numpy as np
import pandas as pd
from seismostats.analysis import (
    GardnerKnopoffType1,
    GardnerKnopoffWindow,
    UtsuBValueEstimator,
    estimate_b,
    estimate_mc_maxc,
    shi_bolt_confidence,
)

rows = pd.read_csv(sys.argv[1], dtype={"time_utc": str, "lat": str, "lon": str})
rows = rows.drop_duplicates(subset=["time_utc", "lat", "lon"])
rows["time"] = pd.to_datetime(rows["time_utc"], utc=True, format="ISO8601").dt.tz_localize(None)
rows["latitude"], rows["longitude"] = rows["lat"].astype(float), rows["lon"].astype(float)
rows["magnitude"] = rows["mag"]
inside = rows["latitude"].between(21, 34) & rows["longitude"].between(97, 107)
rows = rows[inside].sort_values("time", kind="stable").reset_index(drop=True)

b_values = []
for least in (3.0, 3.1, 4.0):
    magnitudes = rows["magnitude"][rows["magnitude"] >= least - 1e-6].to_numpy()
    b = estimate_b(magnitudes, mc=least, delta_m=0.1, method=UtsuBValueEstimator)
    b_values.append({"least": least, "events": len(magnitudes), "b": float(b),
                     "shi_bolt_error": float(shi_bolt_confidence(magnitudes, b=b))})
completeness, _ = estimate_mc_maxc(rows["magnitude"].to_numpy(), fmd_bin=0.1)

large = rows[rows["magnitude"] >= 4.0 - 1e-6].reset_index(drop=True)
clusters = []
for share in (0.0, 0.5, 1.0):
    main = GardnerKnopoffType1(GardnerKnopoffWindow(), fs_time_prop=share)._decluster(large)
    clusters.append({"foreshock_share": share, "main_shocks": np.flatnonzero(main).tolist()})

json.dump({"events": len(rows), "b_values": b_values, "max_curvature": float(completeness),
           "large": len(large), "clusters": clusters}, sys.stdout)
