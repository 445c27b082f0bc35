"""The file .env of the containers: complete, private, the user's to edit, and without any key of the user's shell."""

from __future__ import annotations

import socket
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values

from accessa.domain.errors import UsageError
from accessa.settings import load_settings
from accessa.stack.containers.env_file import prepare, services_variables
from accessa.stack.containers.project import Project
from accessa.stack.places import Places

PORTS = ("POSTGRES", "STORAGE", "API", "LLAMAPARSE", "OPENAI", "MONITORING")
CHECKOUT = Path(__file__).parents[5]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A home of its own, from a folder in which no settings lie."""
    monkeypatch.chdir(tmp_path)
    places = Places(tmp_path / "home")
    places.prepare()
    return Project(places, CHECKOUT, places.root / ".env")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def written(project: Project, *profiles: str, held: Collection[int] = ()) -> dict[str, str | None]:
    """Prepare the file and return what is in it then."""
    prepare(project, load_settings(), 2, profiles, held=held)
    return dotenv_values(project.env_file)


def test_it_is_complete_and_private(project: Project) -> None:
    """All that the compose file asks for is there, for the eyes of the owner."""
    found = written(project)

    assert project.required()
    assert project.required() <= {name for name, value in found.items() if value}
    assert 0o600 == stat.S_IMODE(project.env_file.stat().st_mode) == stat.S_IMODE(project.tuning_file.stat().st_mode)
    assert ("mocks,storage-api", "2") == (found["COMPOSE_PROFILES"], found["ACCESSA_WORKERS"])
    assert len(PORTS) == len({found[f"ACCESSA_{name}_PORT"] for name in PORTS})


def test_what_the_user_edits_stays(project: Project) -> None:
    """A line that was changed, added or commented stays as it is, and so does every key."""
    before = written(project)
    text = project.env_file.read_text().replace("mocks,storage-api", "mocks,own-storage")
    project.env_file.write_text(f"{text}# mine\nMINE=1\nACCESSA_BASE_IMAGE=mirror/python:3.12\n")
    after = written(project)

    assert {**before, "COMPOSE_PROFILES": "mocks,own-storage"} == {name: after[name] for name in before}
    assert {"MINE": "1", "ACCESSA_BASE_IMAGE": "mirror/python:3.12"}.items() <= after.items()
    assert "# mine" in project.env_file.read_text()


def test_a_port_that_was_taken_moves_and_is_told(project: Project, taken: int) -> None:
    """Another program's port is left to it; the project's own, while it runs, is no other program's."""
    text = "".join(f"{name}\n" for name in (f"ACCESSA_API_PORT={taken}",))
    project.env_file.write_text(text)
    kept = written(project, held={taken})
    [told] = prepare(project, load_settings(), 1)
    moved = dotenv_values(project.env_file)

    assert str(taken) == kept["ACCESSA_API_PORT"] != moved["ACCESSA_API_PORT"]
    assert f"Port {taken} is taken by another program, so api-server listens on {moved['ACCESSA_API_PORT']}." == told


def test_no_key_of_the_shell_gets_in(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for a service elsewhere is neither in the file nor in the tuning; a setting that tunes is."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pw-of-somebody@db.example.org/x")
    monkeypatch.setenv("WORKER_LEASE_SECONDS", "7")
    monkeypatch.setenv("ALERT_NOTIFY_URLS", "mailto://it's $me@example.org")
    found = written(project)
    tuning = dotenv_values(project.tuning_file, interpolate=False)

    assert "of-somebody" not in f"{found}{tuning}"
    assert {
        "WORKER_LEASE_SECONDS": "7",
        "ALERT_NOTIFY_URLS": "mailto://it's \\$me@example.org",
    }.items() <= tuning.items()
    assert not {"PATH", "HOME"} & tuning.keys()


def test_real_providers_need_the_keys_of_the_user(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys that were made for the simulators are no keys; once given they are kept, and gone with the profile."""
    written(project)
    with pytest.raises(UsageError, match="LLAMAPARSE_API_KEY"):
        written(project, "real")
    monkeypatch.setenv("LLAMAPARSE_API_KEY", "llx-mine")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    written(project, "real")
    monkeypatch.delenv("LLAMAPARSE_API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY")
    real, back = written(project), written(project, "mocks")

    assert "real,storage-api" == real["COMPOSE_PROFILES"]
    assert ("llx-mine", "sk-mine") == (real["ACCESSA_LLAMAPARSE_KEY"], real["ACCESSA_OPENAI_KEY"])
    assert ("https://api.openai.com/v1", "1536") == (real["ACCESSA_OPENAI_URL"], real["ACCESSA_EMBED_DIMENSIONS"])
    assert "mine" not in str(back)
    assert "ACCESSA_OPENAI_URL" not in back


def test_this_machine_knows_where_the_services_are(project: Project) -> None:
    """For work done here the environment of the services has the addresses of this machine, and their keys."""
    found = written(project)
    variables = services_variables(project, load_settings(), {name: str(value) for name, value in found.items()})

    assert f"http://127.0.0.1:{found['ACCESSA_API_PORT']}" == variables["API_PUBLIC_URL"]
    assert (
        f":{found['ACCESSA_DATABASE_PASSWORD']}@127.0.0.1:{found['ACCESSA_POSTGRES_PORT']}/"
        in variables["DATABASE_URL"]
    )
    assert found["ACCESSA_STORAGE_KEY"] == variables["SUPABASE_SERVICE_ROLE_KEY"]
    assert found["ACCESSA_MONITOR_TOKEN"] == variables["MONITOR_TOKEN"]
