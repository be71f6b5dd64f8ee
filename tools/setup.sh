# Sourced by ./run, ./test and ./benchmark: installs what is missing and says what it does.
# Debian packages come from apt, Node's from the npm registry; nothing else is fetched.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

build_packages=(
  build-essential cmake ninja-build ccache mold pkg-config ca-certificates
  libboost1.81-dev libssl-dev libsodium-dev libsimdjson-dev libsqlite3-dev
  libexpected-dev libspdlog-dev libfmt-dev libcli11-dev libmimalloc-dev
)
test_packages=(
  libgtest-dev librapidcheck-dev libbenchmark-dev
  clang-19 libclang-rt-19-dev lld-19 clang-tidy-19 clang-format-19 curl
)
benchmark_packages=(libgtest-dev librapidcheck-dev libbenchmark-dev)

note() { printf '\033[2m%s\033[0m\n' "$*" >&2; }
die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# install_packages PACKAGE...: asks apt only for what is missing.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run this as root once, then start again:
  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  note "installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'; }

# Puts a node of version 20 or later on PATH: the one that is there, else the npm package `node`.
use_node() {
  local own=$root/build/tools/node/node_modules/node/bin
  [ -x "$own/node" ] && PATH=$own:$PATH
  if [ "$(node_major || true)" ] && [ "$(node_major)" -ge 20 ] && command -v npm >/dev/null; then
    return 0
  fi
  command -v npm >/dev/null || install_packages npm
  if [ "$(node_major || echo 0)" -lt 20 ]; then
    note "fetching node 22 from the npm registry"
    mkdir -p "$root/build/tools/node"
    npm install --silent --no-audit --no-fund --prefix "$root/build/tools/node" node@22 >/dev/null
    PATH=$own:$PATH
  fi
  [ "$(node_major)" -ge 20 ] || die "node 20 or later is needed and could not be installed"
}

# npm_install FOLDER: the locked packages of FOLDER, once per lock file.
npm_install() {
  local folder=$1 stamp=$1/node_modules/.installed
  local lock
  lock=$(sha256sum "$folder/package-lock.json" | cut -d' ' -f1)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$lock" ] && return 0
  note "installing the npm packages of ${folder#"$root"/}"
  (cd "$folder" && npm ci --silent --no-audit --no-fund --ignore-scripts >/dev/null)
  printf %s "$lock" >"$stamp"
}

# configure PRESET [CMAKE ARGUMENT...]: only when the build folder is new.
configure() {
  local preset=$1
  shift
  [ -f "$root/build/$preset/build.ninja" ] && return 0
  note "configuring the $preset build"
  (cd "$root" && cmake --preset "$preset" "$@" >/dev/null)
}
