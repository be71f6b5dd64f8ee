#!/usr/bin/env bash
# Compares the compiled Cedar engine with other implementations of Cedar that can be had here, on the
# same requests in the same run: every decision must be the same; medians are printed. Needs go or
# cargo and their registries, so it is no part of ./test.
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

if command -v go >/dev/null; then
  (cd "$root/tests/peers/cedar_go" && go build -o "$folder/cedar_go.run" .)
  "$folder/cedar_go.run" "$folder/workloads" >"$folder/cedar_go"
else
  note "go is not installed: cedar-go is left out"
fi
if command -v cargo >/dev/null; then
  (cd "$root/tests/peers/cedar_rust" &&
    cargo build --quiet --release --locked --target-dir "$root/build/peers")
  "$root/build/peers/release/cedar_rust" "$folder/workloads" >"$folder/cedar_rust"
else
  note "cargo is not installed: Rust Cedar is left out"
fi
node "$root/tests/peers/table.mjs" "$folder"
