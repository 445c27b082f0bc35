#!/usr/bin/env bash
# Runs every check and every test; needs no running stack and disturbs none.
#   ./scripts/run-local-tests.sh           style, floors and types; the unit, integration, fault and e2e tests
#   ./scripts/run-local-tests.sh --fast    style and floors; then the unit tests
#   ./scripts/run-local-tests.sh --docker  the e2e tests with the services as containers, which are removed afterwards
# shellcheck disable=SC2329 # the checks are called by their names
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/lib-environment.sh
. "$ROOT/scripts/lib-environment.sh"

# The longest files come first: at the end only short ones are left to fill both cores. xdist would begin with the files
# of most tests, which are short, and is told not to.
tiers=(backend/tests/e2e backend/tests/faults backend/tests/integration backend/tests/unit)
with_types=yes
of_containers=()
case "${1:-}" in
  '') ;;
  --fast)
    tiers=(backend/tests/unit)
    with_types=
    ;;
  --docker)
    tiers=(backend/tests/e2e)
    with_types=
    # One stack of containers for all of these tests; its image is built within the first of them.
    of_containers=(-n 0 --timeout 1800)
    export ACCESSA_TEST_STACK=docker
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
cd "$ROOT"
mkdir -p .accessa
ensure_environment

style() { "$VENV/bin/ruff" check --quiet . && "$VENV/bin/ruff" format --quiet --check .; }
floors() { "$VENV/bin/lint-imports" --no-logo 2>&1; }
collection() { tests --collect-only --no-summary; }
tests() {
  PYTHONPATH="$ROOT/backend/tests" "$VENV/bin/python" -m pytest -p tier_summary -p work_units --quiet "$@" "${tiers[@]}"
}

# Types keep one core busy for half a minute in a new checkout; the other core goes on with the rest meanwhile.
if [ "$with_types" ]; then
  "$VENV/bin/mypy" --no-error-summary >.accessa/check-types.log 2>&1 &
  types=$!
  trap 'kill "$types" 2>/dev/null || true' EXIT
fi
checks=(style floors)
# In a new checkout each process of tests would compile all of them by itself; this does it once.
[ -d backend/tests/__pycache__ ] || checks+=(collection)
for check in "${checks[@]}"; do
  started=$SECONDS
  if ! "$check" >".accessa/check-$check.log"; then
    cat ".accessa/check-$check.log"
    printf '%s: wrong, so the tests were not run; see above\n' "$check" >&2
    exit 1
  fi
  printf '%s: right (%s s)\n' "$check" "$((SECONDS - started))"
done

# One process over all tiers, so that its closing line counts every test; the summary above that line splits the times.
# Tests of processes wait a good deal, so there is one worker more than cores, up to a number that memory bears.
cores="$(getconf _NPROCESSORS_ONLN)"
workers=$((cores < 5 ? cores + 1 : 6))
outcome=0
tests -n "$workers" --dist loadfile --no-loadscope-reorder ${of_containers[@]+"${of_containers[@]}"} || outcome=$?
if [ "$with_types" ]; then
  if wait "$types"; then
    printf 'types: right\n'
  else
    cat .accessa/check-types.log
    printf 'types: wrong; see above\n' >&2
    outcome=1
  fi
fi
exit "$outcome"
