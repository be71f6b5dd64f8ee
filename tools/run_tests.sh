#!/usr/bin/env bash
# Builds and runs every test, then reports: called by ./test with everything installed.
#   tools/run_tests.sh QUICK(true|false)
set -euo pipefail
. "$(dirname "$0")/setup.sh"
quick=$1
results=$root/build/test-results
rm -rf "$results"
mkdir -p "$results"
log=$results/all.txt  # one line a test: `pass|fail|skip NAME`
: >"$log"

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# build PRESET TARGET...
build() {
  local preset=$1
  shift
  step "building $preset"
  ninja -C "$root/build/$preset" --quiet "$@"
}

# gtest PRESET BINARY [OPTION...]: runs one test program and records each of its tests.
gtest() {
  local preset=$1 binary=$2 name out status=0
  shift 2
  name=$(basename "$binary")
  out=$results/$preset.$name.txt
  (cd "$root" && timeout 900 "$binary" --gtest_color=no "$@" >"$out" 2>&1) || status=$?
  sed -n -e "s/^\[       OK \] \([^ ]*\).*/pass $preset.\1/p" \
    -e "s/^\[  SKIPPED \] \([^ ]*\) (.*/skip $preset.\1/p" \
    -e "s/^\[  FAILED  \] \([^ ,]*\)[ ,].*(\([0-9]* ms\)).*/fail $preset.\1/p" "$out" >>"$log"
  local count
  count=$(grep -c '^\[       OK \]' "$out" || true)
  if [ "$status" -ne 0 ]; then
    echo "fail $preset.$name" >>"$log"
    printf '  FAIL %-28s exit %s, see %s\n' "$name" "$status" "${out#"$root"/}"
    grep -E '^\[  FAILED|Failure$|ERROR: |SUMMARY: |runtime error' "$out" | head -n 20 || true
  else
    printf '  ok   %-28s %s tests\n' "$name" "$count"
  fi
}

# program NAME COMMAND...: one test that passes when the command exits with 0, and is skipped with 77.
program() {
  local name=$1 status=0
  shift
  (cd "$root" && timeout 1800 "$@" >"$results/$name.txt" 2>&1) || status=$?
  if [ "$status" -eq 0 ]; then
    echo "pass $name" >>"$log"
    printf '  ok   %-28s %s\n' "$name" "$(tail -n 1 "$results/$name.txt")"
  elif [ "$status" -eq 77 ]; then
    echo "skip $name" >>"$log"
    printf '  skip %-28s %s\n' "$name" "$(tail -n 1 "$results/$name.txt")"
  else
    echo "fail $name" >>"$log"
    printf '  FAIL %-28s exit %s\n' "$name" "$status"
    tail -n 30 "$results/$name.txt"
  fi
}

# listed NAME COMMAND...: a program that prints `ok NAME` or `not ok NAME` for each of its tests.
listed() {
  local name=$1
  program "$@"
  sed -n -e "s/^ok \([^ ]*\).*/pass $name.\1/p" -e "s/^not ok \([^ ]*\).*/fail $name.\1/p" \
    -e "s/^skip \([^ ]*\).*/skip $name.\1/p" "$results/$name.txt" >>"$log"
}

conformance() {
  local data=$root/../shared/conformance/cedar work=$results/cedar
  if [ ! -d "$data" ]; then
    if [ "${CI:-}" = true ]; then
      echo "fail cedar_conformance" >>"$log"
      echo "  FAIL cedar_conformance: $data is not there"
    else
      echo "skip cedar_conformance" >>"$log"
      echo "  skip cedar_conformance: $data is not there"
    fi
    return
  fi
  mkdir -p "$work"
  tar xzf "$data/corpus-tests.tar.gz" -C "$work"
  tar xzf "$data/handwritten-integration-tests.tar.gz" -C "$work"
  for kind in corpus-tests-json-schemas corpus-tests-validation; do
    tar xzf "$data/$kind.tar.gz" -C "$work"
  done
  program cedar_conformance "$root/build/release/tests/cedar/cedar-conformance" "$work"
  program cedar_engine_conformance "$root/build/release/tests/cedar/engine-conformance" "$work"
  tar xzf "$data/mcp-schema-generator-examples.tar.gz" -C "$work"
  program tool_schemas_golden node "$root/tests/cedar/tool_schemas/golden.mjs" "$work/examples"
  rm -rf "$work"
}

step "style"
program style bash -c "find src tests fuzz bench -name '*.cpp' -o -name '*.h' |
  xargs clang-format-19 --dry-run --Werror && echo 'every file is as .clang-format has it'"
configure release
# A build folder that ./run made has no tests in it yet.
(cd "$root" && cmake --preset release -DAMBIT_TESTS=ON >/dev/null)
if [ "$quick" = true ]; then
  build release all
  step "unit and property tests"
  for binary in "$root"/build/release/src/*_test; do gtest release "$binary"; done
else
  # The unit tests run once, in the sanitizer build below.
  build release ambit cedar-conformance engine-conformance cedar-oracle cedar_engine_test \
    ledger_kill ledger_torn ledger_disk ledger_processes fault_shim
  # Counts allocations, which a sanitizer's allocator does not let it.
  gtest release "$root/build/release/src/cedar_engine_test"
fi
step "conformance"
conformance
# The same questions to the Rust implementation; a longer run: --cases 200000, another --seed.
program cedar_differential node "$root/tests/cedar/differential/differential.mjs" \
  --seed 20261122 --cases 3000
program tool_schemas_differential node "$root/tests/cedar/tool_schemas/differential.mjs" \
  --seed 20261122 --cases 2000
step "policies"
program policy_tests "$root/build/release/src/ambit" policy test policies --junit \
  "$results/policies.xml"
program policy_check "$root/build/release/src/ambit" policy check policies \
  --schema policies/ambit.cedarschema
program policy_format "$root/build/release/src/ambit" policy format --check policies
step "crashes"
# Longer runs: tests/fault/README.md.
faults=$root/build/release/tests/fault
program ledger_kill "$faults/ledger_kill" 60
program ledger_torn "$faults/ledger_torn" 60
program ledger_disk "$faults/ledger_disk"
program ledger_processes "$faults/ledger_processes" 5
AMBIT_BIN=$root/build/release/src/ambit program service_kill node "$root/tests/fault/service_kill.mjs" \
  --rounds 30
AMBIT_BIN=$root/build/release/src/ambit listed service_disk node "$root/tests/fault/service_disk.mjs"
step "end to end"
AMBIT_BIN=$root/build/release/src/ambit listed e2e node "$root/tests/e2e/e2e.mjs"
AMBIT_BIN=$root/build/release/src/ambit listed authzen node "$root/tests/authzen/run.mjs"

if [ "$quick" = false ]; then
  configure asan
  build asan all
  step "unit and property tests under the address and undefined behaviour sanitizers"
  for binary in "$root"/build/asan/src/*_test; do gtest asan "$binary"; done
  step "fuzz targets on their corpora"
  for binary in "$root"/build/asan/fuzz/*_fuzz; do
    name=$(basename "$binary" _fuzz)
    program "fuzz_$name" "$binary" -runs=0 "$root/fuzz/corpus/$name"
  done
  configure tsan
  # Those with threads, without what only makes many calls on one of them.
  tsan=(ledger_file_test net_test process_test storage_test index_test streams_test doors_mcp_test
    app_test)
  one_thread=PostingsProperty.*:SqliteStore.WritesTheWalBack*:SqliteCrash.*:SqliteKeys.NoFileHas*
  build tsan "${tsan[@]}"
  step "thread sanitizer"
  for name in "${tsan[@]}"; do
    gtest tsan "$root/build/tsan/src/$name" --gtest_filter="-$one_thread"
  done
fi

step "result"
sort -u "$log" -o "$log"
failed_requirements=$(grep '^fail ' "$log" | grep -o 'Requirement_[A-Z][0-9]*' | sort -u || true)
proved=$(grep '^pass ' "$log" | grep -o 'Requirement_[A-Z][0-9]*' | sort -u |
  grep -vxF "${failed_requirements:-none}" || true)
printf '%s\n' "$proved" | sed 's/Requirement_//' | sort -V | tr '\n' ' '
printf '\nrequirements proved: %s of 111\n' "$(printf '%s\n' "$proved" | grep -c . || true)"
passed=$(grep -c '^pass ' "$log" || true)
failed=$(grep -c '^fail ' "$log" || true)
skipped=$(grep -c '^skip ' "$log" || true)
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
