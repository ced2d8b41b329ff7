"""Writes the Arrow files beside it with pyarrow (26.0.1), for tests/foreign_arrow.rs.

With a file's name it prints what pyarrow reads in it: a check by hand of what `write_arrow` wrote.
"""
import datetime as dt
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc

HERE = Path(__file__).parent
START = dt.datetime(2008, 5, 12, 6, 0)
TIMES = [START + dt.timedelta(hours=h) for h in (0, 1, 2, 4)]

if len(sys.argv) > 1:
    table = feather.read_table(sys.argv[1])
    print(table.schema)
    print(table.to_pydict())
    sys.exit()

UTC = pa.table(
    {
        "note": ["a", "b", None, "d"],
        "kind": pa.array(["x", "y", "x", "y"]).dictionary_encode(),
        "pair": [{"a": 1, "b": [1.0]}] * 4,
        "when": pa.array(TIMES, pa.timestamp("s", tz="Asia/Shanghai")),
        "s1": pa.array([1.5, None, float("nan"), 4.5], pa.float64()),
        "s2": pa.array([1, 2, 99999, 4], pa.int32()),
        "s3": pa.array([0.5, 1.5, 2.5, None], pa.float32()),
        "count": pa.array([1, 2, 3, 4], pa.uint16()),
    }
)
LOCAL = pa.table({"time": pa.array(TIMES, pa.timestamp("ns")), "v": [1.0, 2.0, 3.0, 4.0]})
TEXT = pa.table({"time": [t.isoformat(sep=" ") for t in TIMES], "v": [1.0, 2.0, 3.0, 4.0]})
REPEATED = pa.table({"time": pa.array([START] * 4096), "v": [0.25] * 4096})

feather.write_feather(UTC, HERE / "utc_lz4.feather", compression="lz4", chunksize=3)
feather.write_feather(REPEATED, HERE / "zstd.feather", compression="zstd")
with ipc.new_file(HERE / "text.arrow", TEXT.schema) as file:
    file.write_table(TEXT, max_chunksize=3)
with ipc.new_stream(HERE / "local_ns.arrows", LOCAL.schema) as stream:
    stream.write_table(LOCAL, max_chunksize=3)
