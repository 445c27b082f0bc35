#!/usr/bin/env bash
# Finds a fit Python and keeps an environment in step with its lock, which is .venv with requirements.lock unless the
# script says otherwise. Sourced by the other scripts, which set ROOT.

# Settings of the caller's Python and pip must not reach into our environment.
# Without kept bytecode each of the many processes compiles everything anew, which doubles the time of its start.
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

PIP_LOG="$ROOT/.accessa/setup-pip.log"

# Says which environment the functions below are about: its folder, what installs into it, and the files it is made of.
use_environment() {
  VENV="$ROOT/$1"
  STAMP="$VENV/accessa-lock-stamp"
  INSTALLER="$2"
  MADE_OF=("${@:3}")
}

fail() {
  printf '%s\n' "$1" >&2
  printf '  mend it with: %s\n' "$2" >&2
  exit 1
}

# Versions are asked of the program itself: a shim may have the right name and run nothing.
python_fits() {
  "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
  local candidate
  if [ -n "${PYTHON:-}" ]; then
    python_fits "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.11, 3.12 or 3.13 that runs." "unset PYTHON"
    printf '%s\n' "$PYTHON"
    return
  fi
  for candidate in python3.13 python3.12 python3.11 python3 python; do
    if python_fits "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail "Python 3.11, 3.12 or 3.13 is needed, and none was found." "$(install_hint python3)"
}

install_hint() {
  if [ "$(uname -s)" = Darwin ]; then
    printf 'brew install python@3.13\n'
  elif [ "$1" = venv ]; then
    printf 'sudo apt-get install python3-venv (or the like of your system)\n'
  else
    printf 'sudo apt-get install python3 python3-venv (or the like of your system)\n'
  fi
}

check_disk() {
  local free_kib
  free_kib="$(df -Pk "$ROOT" | awk 'NR == 2 {print $4}')"
  [ "$free_kib" -ge 2097152 ] || fail "Less than 2 GB of disk are free at $ROOT." "free some space there and start again"
}

# What the environment must have been made from to be used as it is.
wanted_stamp() {
  "$1" - "$ROOT" "${MADE_OF[@]}" <<'PYTHON_CODE'
import hashlib, pathlib, sys
root = pathlib.Path(sys.argv[1])
parts = [root.joinpath(name).read_bytes() for name in sys.argv[2:]]
print(hashlib.sha256(b"\0".join(parts)).hexdigest(), "%d.%d" % sys.version_info[:2], root)
PYTHON_CODE
}

venv_is_usable() {
  python_fits "$VENV/bin/python" && "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || return 1
  [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of "$VENV/bin/python")" ]
}

version_of() {
  "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

make_venv() {
  local python
  python="$(find_python)"
  "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 \
    || fail "$python cannot make virtual environments." "$(install_hint venv)"
  printf 'making %s with Python %s\n' "${VENV##*/}" "$(version_of "$python")"
  "$python" -m venv --clear "$VENV"
}

pip_install() { "$VENV/bin/python" -m pip install --quiet "$@"; }

install_product() {
  pip_install --require-hashes -r "$ROOT/requirements.lock" \
    && pip_install --no-deps --no-build-isolation -e "$ROOT"
}

install_locked() {
  printf 'installing the locked packages\n'
  mkdir -p "$(dirname "$PIP_LOG")"
  if ! "$INSTALLER" >"$PIP_LOG" 2>&1; then
    tail -n 30 "$PIP_LOG" >&2
    fail "The packages could not be installed; all that pip said is in $PIP_LOG." "check the network, then start again"
  fi
}

# Leaves an environment that holds exactly what is locked; a second call finds the stamp and does nothing.
ensure_environment() {
  check_disk
  venv_is_usable || make_venv
  if [ "$(cat "$STAMP" 2>/dev/null)" != "$(wanted_stamp "$VENV/bin/python")" ]; then
    # A checkout that was moved has programs in its environment that point to the old place.
    case "$(cat "$STAMP" 2>/dev/null)" in
      '' | *" $ROOT") ;;
      *) make_venv ;;
    esac
    install_locked
    wanted_stamp "$VENV/bin/python" >"$STAMP"
  fi
}

use_environment .venv install_product requirements.lock pyproject.toml
