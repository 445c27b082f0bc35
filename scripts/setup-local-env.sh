#!/usr/bin/env bash
# From a fresh clone to a running stack that has ingested documents and answered a search.
#   ./scripts/setup-local-env.sh                    the sample documents
#   ./scripts/setup-local-env.sh ~/policies notes.md  your own files and folders
#   ./scripts/setup-local-env.sh --docker [FILE…]     the services as containers
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/lib-environment.sh
. "$ROOT/scripts/lib-environment.sh"

# Files are named from where the caller stands; everything else happens in the checkout.
files=()
kind=()
for file in "$@"; do
  case "$file" in
    -h | --help)
      sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    --docker) kind=(--docker) ;;
    /*) files+=("$file") ;;
    *) files+=("$PWD/$file") ;;
  esac
done
# Looked at now: the first start takes minutes, and would end in the same sentence.
for file in ${files[@]+"${files[@]}"}; do
  if [ ! -e "$file" ]; then
    printf 'PATH_MISSING: There is no file or folder at %s; check the spelling.\n' "$file" >&2
    exit 2
  fi
done
[ "${#files[@]}" -gt 0 ] || files=(testing/fixtures/samples)
cd "$ROOT"

step() {
  printf '\n$ accessa %s\n' "$*"
  "$VENV/bin/accessa" "$@"
}

ensure_environment
verdict=0
step up ${kind[@]+"${kind[@]}"}
step db check
step ingest -- "${files[@]}" || verdict=1
step demo-search -- "${files[@]}" || verdict=1
step status

if [ "$verdict" -eq 0 ]; then
  printf '\nready after %s s; the stack runs on in the background\n' "$SECONDS"
else
  printf '\nthe stack runs, but a document failed or was not found; see above (%s s)\n' "$SECONDS"
fi
cat <<'NEXT'
next:
  source .venv/bin/activate             so that `accessa` is found
  accessa ingest FILE                   make your own document searchable
  accessa search 'your question'        find its passages
  accessa logs -f                       watch the services
  accessa down                          stop the stack; its data stays
NEXT
exit "$verdict"
