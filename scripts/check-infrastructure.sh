#!/usr/bin/env bash
# Looks for faults in what the product runs on: compose file, images, scripts, workflows, Prometheus, Grafana.
# It needs no Docker, and no network once its tools are installed; it runs none of the files that it looks at.
#   ./scripts/check-infrastructure.sh           every check, also after one that fails
#   ./scripts/check-infrastructure.sh --list    which check looks at which file
# shellcheck disable=SC2329 # the checks are called by their names
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/lib-environment.sh
. "$ROOT/scripts/lib-environment.sh"
cd "$ROOT"

CHECKS=(compose images dockerfiles scripts workflows security schemas yaml prometheus alertmanager grafana)
LEFT_OUT=75

# Files that git knows or would take in, so that a new one is looked at before it is committed.
FILES="$(git -c core.quotePath=false ls-files --cached --others --exclude-standard)"

matching() {
  local file
  { grep -E -- "$1" <<<"$FILES" || true; } | while IFS= read -r file; do
    if [ -f "$file" ]; then printf '%s\n' "$file"; fi
  done
}

# A script is known by its ending, or by its first line where its name has none.
shell_scripts() {
  local file
  matching '\.sh$'
  matching '(^|/)[^./]+$' | while IFS= read -r file; do
    if head -n 1 "$file" | LC_ALL=C grep -aqE '^#!.*[/ ](ba|da|k)?sh( |$)'; then printf '%s\n' "$file"; fi
  done
}

files_of() {
  case "$1" in
    compose) matching '(^|/)docker-compose[^/]*\.yml$' ;;
    images) files_of compose && files_of dockerfiles ;;
    dockerfiles) matching '(^|/)Dockerfile[^/]*$|\.Dockerfile$' ;;
    scripts) shell_scripts ;;
    workflows) matching '^\.github/workflows/[^/]+\.ya?ml$' ;;
    security) matching '^\.github/.+\.ya?ml$' ;;
    schemas) files_of compose && files_of workflows && matching '^\.github/dependabot\.yml$' ;;
    yaml) matching '\.ya?ml$' ;;
    prometheus) matching '^monitoring/prometheus/' ;;
    alertmanager) matching '^monitoring/alertmanager/' ;;
    grafana) matching '^monitoring/grafana/.+\.json$' ;;
  esac
}

install_tools() {
  # One package comes as source only. What builds it is installed first, as pip would else fetch it without a hash.
  awk '/^[^ #]/ {wanted = /^poetry-core==/} wanted' "$ROOT/requirements-infrastructure.lock" >"$scratch/first.lock"
  pip_install --require-hashes -r "$scratch/first.lock" \
    && pip_install --require-hashes --no-build-isolation -r "$ROOT/requirements-infrastructure.lock"
}

# Without one of these programs a check is left out, but not in CI.
needs() {
  command -v "$1" >/dev/null && return
  printf '%s is not installed; on Debian: apt-get install %s\n' "$1" "$2"
  return "$LEFT_OUT"
}

# Compose reads throwaway values, never the .env of this checkout nor the variables of the caller. The program is called
# past its Python wrapper, which says that all is well whatever the program says.
compose_config() {
  local program=("$VENV"/lib/python*/site-packages/compose/docker-compose)
  if [ ! -x "${program[0]}" ]; then
    docker compose version >/dev/null 2>&1 || {
      printf 'there is no docker compose for this system in a package, nor is it installed\n'
      return "$LEFT_OUT"
    }
    program=(docker compose)
  fi
  # shellcheck disable=SC2016 # it is Compose that puts values in
  grep -oE '\$\{[A-Za-z0-9_]+:?\?' "$1" | tr -d '${:?' | sort -u | sed 's/$/=throwaway/' >"$scratch/env"
  env -i PATH="$PATH" HOME="$HOME" "${program[@]}" --env-file "$scratch/env" --file "$1" "${@:2}"
}

# Each set of profiles is a stack of its own, in which every service that is spoken of has to be there.
compose() {
  local file profile profiles wrong=0
  for file in "$@"; do
    profiles="$(compose_config "$file" config --profiles)" || return
    for profile in '' '*' $profiles; do
      compose_config "$file" --profile "$profile" config --quiet || {
        printf '%s is wrong with the profile %s\n' "$file" "${profile:-(none)}"
        wrong=1
      }
    done
  done
  return "$wrong"
}

# Every image that is fetched names a version: in the compose file, and as the default of a Dockerfile's base. A base
# that is written out is seen by hadolint.
images() {
  local file names='' outcome
  for file in "$@"; do
    case "$file" in
      *.yml)
        outcome=0
        compose_config "$file" --profile '*' config --images >"$scratch/images" || outcome=$?
        [ "$outcome" -eq 0 ] || { cat "$scratch/images" && return "$outcome"; }
        names+="$(sed "/^accessa:/d; s|^|$file: |" "$scratch/images")"$'\n'
        ;;
      *) names+="$(sed -n "/^FROM/q; s|^ARG [A-Z_]*=|$file: |p" "$file")"$'\n' ;;
    esac
  done
  if printf '%s' "$names" | awk 'NF && !/@sha256:[0-9a-f]+$/ && !/:[^\/: ]*[0-9][^\/: ]*$/' | grep .; then
    printf 'these images name no version: what runs tomorrow would be another program\n'
    return 1
  fi
}

dockerfiles() { hadolint --no-color "$@"; }

scripts() { shellcheck --external-sources "$@"; }

workflows() { actionlint -no-color "$@"; }

security() { zizmor --offline --no-progress --color never --quiet "$@"; }

schemas() {
  local file schema wrong=0
  for file in "$@"; do
    case "$file" in
      .github/workflows/*) schema=vendor.github-workflows ;;
      .github/*) schema=vendor.dependabot ;;
      *) schema=vendor.compose-spec ;;
    esac
    check-jsonschema --builtin-schema "$schema" "$file" || wrong=1
  done
  return "$wrong"
}

# The readers of these files take the last of two equal keys without a word.
yaml() { yamllint --format parsable -d '{rules: {anchors: {forbid-unused-anchors: true}, key-duplicates: enable}}' "$@"; }

# The token that Prometheus shows to the monitoring is there in its container only.
prometheus() {
  local file copy wrong=0
  needs promtool prometheus || return
  cp -R monitoring/prometheus "$scratch"
  touch "$scratch/prometheus/token"
  for file in monitoring/prometheus/prometheus*.yml; do
    copy="$scratch/${file#monitoring/}"
    sed 's|credentials_file:.*|credentials_file: token|' "$file" >"$copy"
    promtool check config "$copy" || wrong=1
  done
  return "$wrong"
}

alertmanager() {
  needs amtool prometheus-alertmanager || return
  amtool check-config "$@"
}

grafana() {
  local file wrong=0
  for file in "$@"; do
    "$VENV/bin/python" -m json.tool "$file" /dev/null 2>"$scratch/json" || {
      printf '%s: %s\n' "$file" "$(cat "$scratch/json")"
      wrong=1
    }
  done
  return "$wrong"
}

# Runs one check over its files, tells what became of it in one line, and shows what it said when it failed.
run_check() {
  local check="$1" files=() file started=$SECONDS outcome=0
  while IFS= read -r file; do files+=("$file"); done < <(files_of "$check")
  if [ "${#files[@]}" -eq 0 ]; then
    printf '%s: there is no such file\n' "$check"
    return
  fi
  "$check" "${files[@]}" >"$scratch/said" 2>&1 || outcome=$?
  if [ "$outcome" -eq 0 ]; then
    printf '%s: right (%s s)\n' "$check" "$((SECONDS - started))"
  elif [ "$outcome" -eq "$LEFT_OUT" ] && [ -z "${CI:-}" ]; then
    printf '%s: left out, as %s\n' "$check" "$(tail -n 1 "$scratch/said")"
  else
    cat "$scratch/said"
    printf '%s: wrong (%s s); see above\n' "$check" "$((SECONDS - started))"
    return 1
  fi
}

case "${1:-}" in
  '') ;;
  --list)
    for check in "${CHECKS[@]}"; do files_of "$check" | sed "s/^/$check /"; done
    exit 0
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
use_environment .venv-infrastructure install_tools requirements-infrastructure.lock
ensure_environment
PATH="$VENV/bin:$PATH"

verdict=0
for check in "${CHECKS[@]}"; do
  run_check "$check" || verdict=1
done
if [ "$verdict" -eq 0 ]; then
  printf 'infrastructure: right (%s s)\n' "$SECONDS"
else
  printf 'infrastructure: wrong (%s s); see above\n' "$SECONDS" >&2
fi
exit "$verdict"
