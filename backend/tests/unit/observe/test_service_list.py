"""The list of services: from the supervisor's state file, whatever is in it, else from the settings."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from accessa.observe.service_list import Service, known_services, read_services
from accessa.settings import load_settings
from accessa.stack.state import ServiceState, StackState, write_state


def _write(home: Path, state: object) -> Path:
    (home / "stack.json").write_bytes(orjson.dumps(state))
    return home


def test_services_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Every service of the state file is listed with name, state, address, process and restarts."""
    api = {"name": "api-server", "state": "healthy", "url": "http://127.0.0.1:8000", "pid": 11, "restarts": 2}
    worker = {"name": "base-worker", "state": "restarting", "url": None, "pid": None, "restarts": 3, "port": None}
    home = _write(tmp_path, {"phase": "running", "services": [api, worker]})

    expected = [
        Service("api-server", "healthy", "http://127.0.0.1:8000", 11, 2),
        Service("base-worker", "restarting", None, None, 3),
    ]
    assert expected == read_services(home)


def test_what_the_supervisor_writes_is_what_the_page_reads(tmp_path: Path) -> None:
    """The file as the supervisor itself writes it is understood field by field."""
    api = ServiceState(name="api-server", state="healthy", pid=11, port=8000, url="http://127.0.0.1:8000", restarts=2)
    migrations = ServiceState(name="migrations", state="done", once=True)
    state = StackState(
        phase="running",
        stack_id="0123456789abcdef",
        version="0.1.0",
        supervisor_pid=10,
        supervisor_created=0,
        services=[api, migrations],
    )
    write_state(tmp_path / "stack.json", state)

    expected = [
        Service("api-server", "healthy", "http://127.0.0.1:8000", 11, 2),
        Service("migrations", "done", None, None, 0, once=True),
    ]
    assert expected == read_services(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"services": [{"na',
        b"[]",
        b"null",
        b"{}",
        b'{"services": 7}',
        b'{"services": [7, {}, {"name": 1}]}',
        b"\xff",
    ],
)
def test_a_file_that_cannot_be_understood_lists_nothing(tmp_path: Path, content: bytes) -> None:
    """A half-written or foreign state file gives an empty list and no error."""
    (tmp_path / "stack.json").write_bytes(content)

    assert [] == read_services(tmp_path)


def test_no_file_and_no_folder_list_nothing(tmp_path: Path) -> None:
    """Without a stack there is nothing to list."""
    assert ([], [], []) == (read_services(None), read_services(tmp_path), read_services(tmp_path / "absent"))


def test_values_of_a_wrong_kind_are_left_out(tmp_path: Path) -> None:
    """A field of an unexpected kind is treated as unknown, the service is still listed."""
    home = _write(tmp_path, {"services": [{"name": "api-server", "pid": "x", "url": 5, "restarts": None, "state": 1}]})

    assert [Service("api-server", "unknown", None, None, 0)] == read_services(home)


def test_a_password_in_an_address_is_never_listed(tmp_path: Path) -> None:
    """User, password and query of an address are cut away."""
    url = "postgresql://postgres:hidden@127.0.0.1:5432/accessa_dev?password=hidden"
    home = _write(tmp_path, {"services": [{"name": "postgres", "url": url}]})

    assert ["postgresql://127.0.0.1:5432/accessa_dev"] == [service.url for service in read_services(home)]


def test_without_a_stack_the_settings_name_the_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses of our own network come from the settings; a provider on the internet is not among them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres:hidden@db:5432/accessa_dev")
    monkeypatch.setenv("SUPABASE_URL", "http://storage:5000")
    monkeypatch.setenv("API_PUBLIC_URL", "http://api:8000")
    monkeypatch.setenv("LLAMAPARSE_BASE_URL", "https://api.cloud.llamaindex.ai")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://mock-openai:8002/v1")
    monkeypatch.delenv("ACCESSA_HOME", raising=False)

    listed = {service.name: service.url for service in known_services(load_settings())}

    expected = {
        "postgres": "postgresql://db:5432/accessa_dev",
        "supabase-storage": "http://storage:5000",
        "api-server": "http://api:8000",
        "mock-openai": "http://mock-openai:8002/v1",
    }
    assert expected == listed
