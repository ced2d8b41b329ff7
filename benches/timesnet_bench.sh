#!/bin/sh
# Installs PyTorch and ONNX Runtime into a virtual environment and measures TimesNet against them.
#
#     benches/timesnet_bench.sh [ROUNDS] [RANDOM_SHAPES]
#
# VENV names the environment's folder (default: target/timesnet-peers).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${VENV:-$here/../target/timesnet-peers}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/peers/requirements-timesnet.txt"
fi
cargo build --release --package stmn-benches --bin timesnet_bench
exec "$here/../target/release/timesnet_bench" speed "$venv/bin/python" "${1:-3}" "${2:-20}"
