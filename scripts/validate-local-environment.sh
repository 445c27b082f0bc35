#!/usr/bin/env bash
# Proves the running stack, one line a check; the exit code is the verdict. With --docker it has to be of containers.
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/lib-environment.sh
. "$ROOT/scripts/lib-environment.sh"

[ -x "$VENV/bin/accessa" ] || fail "Nothing is installed yet." "./scripts/setup-local-env.sh"
cd "$ROOT"
exec "$VENV/bin/accessa" validate "$@"
