#!/usr/bin/env bash
# Compares the compiled Cedar engine with cedar-go, on the same requests in the same run: every
# decision must be the same; medians are printed. Needs go and its module proxy, so it is no part of
# ./test.
#   ./test --peers
set -euo pipefail
. "$(dirname "$0")/setup.sh"

configure release
(cd "$root" && cmake --preset release -DAMBIT_TESTS=ON -DAMBIT_BENCH=ON >/dev/null)
ninja -C "$root/build/release" --quiet cedar_workloads
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/workloads"
"$root/build/release/bench/cedar_workloads" "$folder/workloads" >"$folder/ambit"

command -v go >/dev/null || die "go is not installed: cedar-go cannot be built"
(cd "$root/tests/peers/cedar_go" && go build -o "$folder/cedar_go.run" .)
"$folder/cedar_go.run" "$folder/workloads" >"$folder/cedar_go"
node "$root/tests/peers/table.mjs" "$folder"
