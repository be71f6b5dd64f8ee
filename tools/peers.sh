#!/usr/bin/env bash
# Compares the compiled Cedar engine with the Rust implementation, with cedar-go and with cedar-wasm,
# on the same requests in the same run: every decision must be the same; medians are printed. The
# first two need cargo and go with their registries, so this is no part of ./test; what cannot be had
# is left out, and said to be.
#   ./test --peers
set -euo pipefail
. "$(dirname "$0")/setup.sh"

use_node
npm_install "$root/tests/cedar/differential"
configure release
(cd "$root" && cmake --preset release -DAMBIT_TESTS=ON -DAMBIT_BENCH=ON >/dev/null)
ninja -C "$root/build/release" --quiet cedar_workloads
peers=$root/tests/peers
built=$root/build/peers
mkdir -p "$built"

# build NAME COMMAND...: whether a peer can be had; the command's words are kept in build/peers.
build() {
  local name=$1
  shift
  if "$@" >"$built/$name.log" 2>&1; then return 0; fi
  note "$name cannot be had here, and is left out: $(tail -n 1 "$built/$name.log")"
  return 1
}
cargo_build() { (cd "$peers/cedar_rust" && cargo build --release --locked --target-dir "$built/rust"); }
go_build() { (cd "$peers/cedar_go" && go build -o "$built/cedar_go" .); }

engines=(cedar_wasm)
build cedar_rust cargo_build && engines+=(cedar_rust)
build cedar_go go_build && engines+=(cedar_go)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/workloads"
# Each on its own, so that none takes the processor from another.
"$root/build/release/bench/cedar_workloads" "$folder/workloads" --all >"$folder/ambit"
for engine in "${engines[@]}"; do
  case $engine in
    cedar_wasm) command=(node "$peers/cedar_wasm.mjs") ;;
    cedar_rust) command=("$built/rust/release/cedar_rust") ;;
    cedar_go) command=("$built/cedar_go") ;;
  esac
  "${command[@]}" "$folder/workloads" >"$folder/$engine"
done
node "$peers/table.mjs" "$folder"
