#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds the dev preset and runs every test. Arguments go to ctest (tests/run.sh -L unit).
# The last line is ctest's summary; the exit code is 0 only when everything built and passed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/bootstrap.sh --test
cmake --preset dev
cmake --build --preset dev -j "$(nproc)"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
result=0
# Three times as many as there are cores: many tests wait for a process, a socket or the disk.
ctest --preset dev -j "$((3 * $(nproc)))" "$@" | tee "$log" || result=$?
grep -E '^[0-9]+% tests passed, ' "$log" || echo "tests/run.sh: ctest ended without a summary"
exit "$result"
