"""The script that looks at infrastructure: which files it covers, and what it says; none of its tools is needed."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = "scripts/check-infrastructure.sh"
LOCK = "requirements-infrastructure.lock"
CHECKS = [
    "compose",
    "images",
    "dockerfiles",
    "scripts",
    "workflows",
    "security",
    "schemas",
    "yaml",
    "prometheus",
    "alertmanager",
    "grafana",
]
TOOLS = ("hadolint", "shellcheck", "actionlint", "zizmor", "check-jsonschema", "yamllint", "promtool", "amtool")
SYSTEM = [
    "awk",
    "bash",
    "cat",
    "cp",
    "df",
    "dirname",
    "env",
    "git",
    "grep",
    "head",
    "mktemp",
    "mv",
    "rm",
    "sed",
    "sort",
    "tail",
    "touch",
    "tr",
    "uname",
]
# By what a file is known, and the checks that then have to look at it.
KINDS = {
    r"docker-compose.*\.yml": {"compose", "images", "schemas", "yaml"},
    r"(.*/)?Dockerfile.*": {"images", "dockerfiles"},
    r".*\.sh|\.ci/run": {"scripts"},
    r"\.github/workflows/.*": {"workflows", "security", "schemas", "yaml"},
    r"\.github/dependabot\.yml": {"security", "schemas", "yaml"},
    r"monitoring/prometheus/.*": {"prometheus", "yaml"},
    r"monitoring/alertmanager/.*": {"alertmanager", "yaml"},
    r"monitoring/grafana/.*\.json": {"grafana"},
    r".*\.ya?ml": {"yaml"},
}
# What has no check here: Python is checked with the rest of it, and the proxy's file by the proxy when it starts.
ELSEWHERE = {".py", ".conf"}
COMPOSE_FILE = """
services:
  ours: {image: "accessa:${TAG:-local}", environment: {KEY: "${KEY:?it is missing}"}}
"""
# Answers as Compose does, and writes down what it was given.
COMPOSE = """#!/bin/bash
printf '%s\\n' "$*" >>"$HOME/calls"
env | sort >"$HOME/variables"
cp "$2" "$HOME/values"
case "$*" in
  *--profiles) printf 'mocks\\n' ;;
  *--images) printf 'accessa:local\\nnginx:1.28\\n' ;;
esac
"""


def git_files(root: Path) -> list[str]:
    """Return the files that git knows or would take in."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=30, check=True)
    return listed.stdout.splitlines()


def covered(root: Path) -> dict[str, set[str]]:
    """Return the checks that look at each file."""
    listed = subprocess.run([root / SCRIPT, "--list"], capture_output=True, text=True, timeout=60, check=True)
    checks: dict[str, set[str]] = {}
    for line in listed.stdout.splitlines():
        check, _, file = line.partition(" ")
        checks.setdefault(file, set()).add(check)
    return checks


def program(file: Path, text: str) -> None:
    """Write a program."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one file of each kind, whose tools find nothing wrong."""
    root = tmp_path / "checkout"
    for name in (SCRIPT, "scripts/lib-environment.sh"):
        program(root / name, (ROOT / name).read_text())
    for name, text in {
        "docker-compose.yml": COMPOSE_FILE,
        ".gitignore": ".venv-infrastructure/\n.accessa/\n",
        "infrastructure/docker/Dockerfile": "ARG BASE=python:3.12-slim\nFROM ${BASE}\n",
        ".github/workflows/tests.yml": "on: push\n",
        "monitoring/prometheus/prometheus.yml": "global: {}\n",
        "monitoring/alertmanager/alertmanager.yml": "route: {}\n",
        "monitoring/grafana/dashboards/one.json": "{}\n",
        ".env": "KEY=a real one\n",
        LOCK: "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "--quiet", root], timeout=30, check=True)

    tools = root / ".venv-infrastructure"
    stamp = f"{hashlib.sha256(b'').hexdigest()} {sys.version_info[0]}.{sys.version_info[1]} {root}\n"
    program(tools / "bin" / "python", f'#!/bin/bash\nexec "{sys.executable}" "$@"\n')
    (tools / "accessa-lock-stamp").write_text(stamp)
    for tool in TOOLS:
        program(tools / "bin" / tool, "#!/bin/bash\n")
    program(tools / "lib/python3/site-packages/compose/docker-compose", COMPOSE)
    for name in SYSTEM:
        (tmp_path / "system").mkdir(exist_ok=True)
        (tmp_path / "system" / name).symlink_to(str(shutil.which(name)))
    return root


def look(root: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run every check, with only the tools of the checkout and what every system has."""
    environment = {"PATH": str(root.parent / "system"), "HOME": str(root.parent)} | variables
    return subprocess.run([root / SCRIPT], capture_output=True, text=True, env=environment, timeout=60, check=False)


def verdicts(said: str) -> dict[str, str]:
    """Return the first word that is said of each check, in its order."""
    return dict(re.findall(r"^(\w+): (right|wrong|left out|there is no such file)\b", said, re.MULTILINE))


def test_every_file_is_looked_at_by_the_checks_of_its_kind() -> None:
    """No compose file, Dockerfile, script, workflow or file for the monitoring is forgotten."""
    checks = covered(ROOT)
    files = [file for file in git_files(ROOT) if (ROOT / file).is_file()]
    wanted = {
        file: set().union(*(kind for known, kind in KINDS.items() if re.fullmatch(known, file))) for file in files
    }

    assert {file: kinds for file, kinds in wanted.items() if kinds} == checks


def test_nothing_below_the_folders_of_infrastructure_has_no_check() -> None:
    """A file of a new kind needs a check, or a place where it is checked otherwise."""
    checks = covered(ROOT)
    folders = ("infrastructure/", "monitoring/", ".github/", ".ci/", "scripts/")
    files = [file for file in git_files(ROOT) if file.startswith(folders) and (ROOT / file).is_file()]

    assert [] == [file for file in files if file not in checks and Path(file).suffix not in ELSEWHERE]


def test_a_new_file_is_looked_at_before_it_is_committed(checkout: Path) -> None:
    """What git does not know yet is covered, by its first line where its name has no ending; what it ignores is not."""
    program(checkout / "infrastructure" / "start", "#!/usr/bin/env bash\n")
    program(checkout / "infrastructure" / "look", "#!/usr/bin/env python3\n")
    program(checkout / ".accessa" / "made.sh", "#!/bin/sh\n")

    checks = covered(checkout)
    assert {"scripts"} == checks["infrastructure/start"]
    assert not {"infrastructure/look", ".accessa/made.sh"} & set(checks)


def test_each_check_is_told_in_a_line_with_its_time(checkout: Path) -> None:
    """When nothing is wrong every check says so, and the exit code is 0."""
    done = look(checkout, CI="true")

    assert 0 == done.returncode, done.stdout + done.stderr
    assert dict.fromkeys((*CHECKS, "infrastructure"), "right") == verdicts(done.stdout)
    assert len(CHECKS) + 1 == len(re.findall(r"\(\d+ s\)$", done.stdout, re.MULTILINE))


def test_the_others_run_after_one_that_fails(checkout: Path) -> None:
    """A tool that finds something is quoted, the checks behind it run, and the exit code is 1."""
    program(checkout / ".venv-infrastructure/bin/hadolint", "#!/bin/bash\necho 'DL3007 here'\nexit 1\n")
    (checkout / "monitoring/grafana/dashboards/one.json").write_text("{,}\n")

    done = look(checkout)
    assert 1 == done.returncode
    assert ["dockerfiles", "grafana"] == [name for name, word in verdicts(done.stdout).items() if word == "wrong"]
    assert CHECKS == list(verdicts(done.stdout))
    assert "DL3007 here" in done.stdout
    assert "monitoring/grafana/dashboards/one.json: " in done.stdout


def test_each_configuration_of_prometheus_is_checked(checkout: Path) -> None:
    """One that is wrong is told, also when the one behind it is right."""
    (checkout / "monitoring/prometheus/prometheus.edge.yml").write_text("global: {}\n")
    program(
        checkout / ".venv-infrastructure/bin/promtool",
        '#!/bin/bash\ncase "$3" in *edge.yml) echo unknown; exit 1 ;; esac\n',
    )

    done = look(checkout)
    assert ["prometheus"] == [name for name, word in verdicts(done.stdout).items() if word == "wrong"]
    assert "unknown\n" in done.stdout


@pytest.mark.parametrize(("variables", "code", "word"), [({}, 0, "left out"), ({"CI": "true"}, 1, "wrong")])
def test_a_missing_program_is_told_and_no_excuse_in_ci(
    checkout: Path, variables: dict[str, str], code: int, word: str
) -> None:
    """Without promtool, or a compose for this system, the rest is checked all the same; CI has to have them."""
    (checkout / ".venv-infrastructure/bin/promtool").unlink()
    (checkout / ".venv-infrastructure/lib/python3/site-packages/compose/docker-compose").unlink()

    done = look(checkout, **variables)
    assert code == done.returncode
    left = {name for name, said in verdicts(done.stdout).items() if said == word}
    assert {"compose", "images", "prometheus"} == left
    assert "apt-get install prometheus" in done.stdout


def test_compose_is_asked_for_each_profile_with_throwaway_values(checkout: Path) -> None:
    """Neither the .env of the checkout nor the caller's variables take part, so the verdict is the same everywhere."""
    assert 0 == look(checkout, KEY="of the caller").returncode

    calls = (checkout.parent / "calls").read_text()
    asked = re.findall(r"--profile (\S*) ?config --quiet", calls)
    assert ["", "*", "mocks"] == asked
    assert "KEY=throwaway\n" == (checkout.parent / "values").read_text()
    assert "of the caller" not in (checkout.parent / "variables").read_text()


@pytest.mark.parametrize(
    ("file", "before", "after", "named"),
    [
        ("infrastructure/docker/Dockerfile", "python:3.12-slim", "python:latest", "Dockerfile: python:latest"),
        ("infrastructure/docker/Dockerfile", "python:3.12-slim", "python", "Dockerfile: python\n"),
        (
            ".venv-infrastructure/lib/python3/site-packages/compose/docker-compose",
            "nginx:1.28",
            "nginx",
            "yml: nginx\n",
        ),
    ],
)
def test_an_image_without_a_version_is_named(checkout: Path, file: str, before: str, after: str, named: str) -> None:
    """A tag that moves, or none, is told with the file and the image."""
    text = (checkout / file).read_text()
    assert before in text
    program(checkout / file, text.replace(before, after))

    done = look(checkout)
    assert ["images"] == [name for name, word in verdicts(done.stdout).items() if word == "wrong"]
    assert named in done.stdout


def test_the_lock_holds_every_tool() -> None:
    """What is declared is locked: after a change `make lock` is run."""
    declared = re.search(
        r"^infrastructure = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE
    )
    assert declared is not None
    names = set(re.findall(r'^    "([a-z-]+)', declared[1], re.MULTILINE))

    assert names == names & set(re.findall(r"^([a-z-]+)==", (ROOT / LOCK).read_text(), re.MULTILINE))
