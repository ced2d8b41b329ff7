#!/bin/sh
# Installs pandas, ObsPy and earthscopestraintools into a virtual environment and measures what they
# can do too against strain-io, in turns.
#
#     benches/strain-io/run.sh [ROUNDS]
#
# VENV names the environment's folder (default: target/strain-io-peers).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../target
venv=${VENV:-$target/strain-io-peers}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
cargo build --release --package strain-io-bench
"$target/release/strain-io-bench" "$venv/bin/python" "${1:-5}"
