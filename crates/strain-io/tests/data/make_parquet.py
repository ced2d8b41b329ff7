"""Writes the Parquet files beside it with pyarrow (26.0.1), for tests/foreign_parquet.rs."""
import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
START = dt.datetime(2008, 5, 12, 6, 0)
TIMES = [START + dt.timedelta(hours=h) for h in (0, 1, 2, 4)]

pq.write_table(
    pa.table(
        {
            "note": ["a", "b", None, "d"],
            "when": pa.array(TIMES, pa.timestamp("ms", tz="UTC")),
            "s1": pa.array([1.5, None, float("nan"), 4.5], pa.float64()),
            "s2": pa.array([1, 2, 99999, 4], pa.int32()),
            "s3": pa.array([0.5, 1.5, 2.5, None], pa.float32()),
            "count": pa.array([1, 2, 3, 4], pa.uint16()),
        }
    ),
    HERE / "utc_ms.parquet",
)
pq.write_table(
    pa.table({"time": pa.array(TIMES, pa.timestamp("ns")), "v": [1.0, 2.0, 3.0, 4.0]}),
    HERE / "local_ns.parquet",
    compression="gzip",
    row_group_size=3,
    use_dictionary=False,
)
pq.write_table(
    pa.table({"time": [t.isoformat(sep=" ") for t in TIMES], "v": [1.0, 2.0, 3.0, 4.0]}),
    HERE / "text.parquet",
    compression="none",
    data_page_version="2.0",
)
