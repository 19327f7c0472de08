#!/usr/bin/env bash
# All tests, from the quick to the slow. Prints what each part counted and, last, `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.."
[ -d .node/node_modules/node/bin ] && export PATH="$PWD/.node/node_modules/node/bin:$PATH"
export TWINLINE_CORPUS="${TWINLINE_CORPUS:-$PWD/../shared/corpus}"
log="$(mktemp -d)"
trap 'rm -rf "$log"' EXIT
passed=0
failed=0
started=$SECONDS

# part NAME COMMAND…: runs it, adds up its counts; a part that dies without counting is one failure.
part() {
  local name="$1" out="$log/out" p f
  shift
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$out" | grep -vE '^\s*(Compiling|Checking|Downloaded|Downloading|Fresh|Running|Doc-tests) |^$|^running [0-9]+ test|^test .* \.\.\. ok$|^warning: .* generated'
  local status="${PIPESTATUS[0]}"
  # cargo: "test result: ok. 3 passed; 0 failed; …"; vitest: "Tests  86 passed | 3 skipped"; ours: "45 passed, 0 failed"
  p=$(sed 's/\x1b\[[0-9;]*m//g' "$out" | awk '/^test result:/ {sum += $4} /^ *Tests .*passed/ {for (i = 2; i <= NF; i++) if ($i ~ /^passed/) sum += $(i-1)} /^[0-9]+ passed, [0-9]+ failed/ {sum += $1} END {print sum + 0}')
  f=$(sed 's/\x1b\[[0-9;]*m//g' "$out" | awk '/^test result:/ {sum += $6} /^ *Tests .*failed/ {for (i = 2; i <= NF; i++) if ($i ~ /^failed/) sum += $(i-1)} /^[0-9]+ passed, [0-9]+ failed/ {sum += $3} END {print sum + 0}')
  if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    printf '%s ended with exit code %s\n' "$name" "$status"
    f=1
  fi
  passed=$((passed + p))
  failed=$((failed + f))
  printf -- '-- %s: %s passed, %s failed (%s s since the start)\n' "$name" "$p" "$f" "$((SECONDS - started))"
}

part 'pages: types' npm run --silent check
part 'pages: stories' npm test --silent
part 'build' cargo build --workspace
part 'crates' timeout 2400 cargo test --workspace --exclude twinline-tests
part 'house rules, contracts, simulation' timeout 1200 cargo test -p twinline-tests --test tidy --test sim
if [ -d tests/e2e ]; then
  part 'real programs, end to end' timeout 1500 cargo test -p twinline-tests --test e2e -- --test-threads=1
fi
part 'pages: build' npm run --silent build
part 'pages in a browser' timeout 900 node tests/web/run.mjs
if [ -f tests/web/real-server.mjs ]; then
  part 'pages on the real server' timeout 600 node tests/web/real-server.mjs
fi

printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
