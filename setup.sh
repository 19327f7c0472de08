#!/usr/bin/env bash
# Installs what is missing to build, run and test Twinline on Debian 12, by package name, and says what it does.
#   ./setup.sh run    what `make run` needs
#   ./setup.sh test   that, and what `make test` needs
set -euo pipefail
cd "$(dirname "$0")"
what="${1:-run}"

say() { printf 'setup: %s\n' "$*"; }

run_packages=(build-essential pkg-config cmake libasound2-dev libwebkit2gtk-4.1-dev libayatana-appindicator3-1
  ca-certificates git espeak-ng alsa-utils python3 python3-venv python3-dev)
test_packages=(xvfb xauth dbus dbus-x11 xdotool imagemagick webkit2gtk-driver pulseaudio pulseaudio-utils chromium sip-tester
  baresip sox libsox-fmt-all fonts-noto-cjk procps iproute2 tcpdump)

packages=("${run_packages[@]}")
[ "$what" = test ] && packages+=("${test_packages[@]}")
if ! command -v node >/dev/null 2>&1; then packages+=(nodejs npm); fi

if command -v apt-get >/dev/null 2>&1; then
  missing=()
  for package in "${packages[@]}"; do
    state="$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)"
    [ "$state" = installed ] || missing+=("$package")
  done
  if [ "${#missing[@]}" -gt 0 ]; then
    say "installing Debian packages: ${missing[*]}"
    sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get -o DPkg::Lock::Timeout=600 update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends \
      "${missing[@]}" >/dev/null
  fi
else
  say "no apt-get here: please see that these are installed: ${packages[*]}"
fi

if ! command -v cargo >/dev/null 2>&1; then
  say "Rust is missing. Twinline needs Rust 1.94 or newer (Debian 12 ships 1.63): install it with rustup, then run again."
  exit 1
fi
rust="$(rustc --version | awk '{print $2}')"
if [ "$(printf '%s\n1.94.0\n' "$rust" | sort -V | head -1)" != 1.94.0 ]; then
  say "Rust $rust is too old: Twinline needs 1.94 or newer (rustup update stable)."
  exit 1
fi

# Vite needs Node 20.19; where Debian's is older, the npm package `node` brings one.
node_ok() { node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' 2>/dev/null; }
mkdir -p .node
if ! node_ok && [ ! -x .node/node_modules/node/bin/node ]; then
  say "installing the npm package node@22 (Debian's Node.js is older than 20.19)"
  npm install --silent --no-audit --no-fund --prefix .node node@22
fi
if [ -x .node/node_modules/node/bin/node ]; then export PATH="$PWD/.node/node_modules/node/bin:$PATH"; fi

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "installing npm packages from package-lock.json"
  npm ci --ignore-scripts --no-audit --no-fund --silent
fi

# PESQ scores the demo call; where it cannot be built the demo says so and goes on.
if [ ! -x .venv/bin/python ]; then
  say "creating a Python environment in .venv"
  python3 -m venv .venv
fi
if ! .venv/bin/python -c 'import pesq' >/dev/null 2>&1; then
  say "installing the Python packages numpy and pesq"
  .venv/bin/pip install --quiet --disable-pip-version-check 'setuptools<81' wheel cython numpy >/dev/null 2>&1 || true
  .venv/bin/pip install --quiet --disable-pip-version-check pesq >/dev/null 2>&1 ||
    say "pesq could not be installed: the demo will report its score as null"
fi

if [ "$what" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
  say "cargo-nextest is not installed; cargo test is used instead"
fi
