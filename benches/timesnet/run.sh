#!/bin/sh
# Installs PyTorch and ONNX Runtime into a virtual environment and measures TimesNet against PyTorch,
# on the named shapes and then on random ones. (`timesnet-bench peers` has the other peers, which take
# minutes to compile each shape.)
#
#     benches/timesnet/run.sh [ROUNDS] [RANDOM_SHAPES]
#
# VENV names the environment's folder (default: target/timesnet-peers).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../target
venv=${VENV:-$target/timesnet-peers}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
cargo build --release --package timesnet-bench
"$target/release/timesnet-bench" speed "$venv/bin/python" "${1:-3}"
if [ "${2:-20}" -gt 0 ]; then
    "$target/release/timesnet-bench" speed "$venv/bin/python" "${1:-3}" "${2:-20}"
fi
