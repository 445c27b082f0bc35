"""The health check of a container."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from accessa.apps import probe
from accessa.stack.ports import any_free_port

KEY = "the key of the service"
GO_ON = threading.Event()


class Answers(BaseHTTPRequestHandler):
    """Answers by path: well, but for /ill, for /hanging, and for /bucket to whoever lacks the key."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path == "/hanging":
            GO_ON.wait()
        is_service = self.headers["Authorization"] == f"Bearer {KEY}"
        status = {"/well": 200, "/health": 200, "/hanging": 200, "/ill": 503, "/bucket": 200 if is_service else 403}[
            self.path
        ]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"so it is")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where a service answers."""
    GO_ON.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        GO_ON.set()
        server.shutdown()


@pytest.fixture(autouse=True)
def silent_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the beginning of a silence is noted."""
    path = tmp_path / "silent-since"
    monkeypatch.setattr(probe, "_SILENT_SINCE", path)
    monkeypatch.setattr(probe, "_HAS_ANSWERED", tmp_path / "has-answered")
    monkeypatch.setenv("SUPABASE_SERVICE_ROLE_KEY", KEY)
    monkeypatch.delenv("ACCESSA_COMMIT", raising=False)  # the mark of our image
    return path


@pytest.mark.parametrize(
    ("path", "options", "code"),
    [("well", [], 0), ("ill", [], 1), ("bucket", [], 1), ("bucket", ["--as-service"], 0)],
    ids=["well", "ill", "without the key", "with the key"],
)
def test_only_a_good_answer_is_well(
    port: int, path: str, options: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code tells it, and what was answered is shown."""
    assert code == probe.main([f"{port}/{path}", *options])
    assert "so it is" in capsys.readouterr().out


def test_silence_is_noted_and_forgotten_with_an_answer(port: int, silent_since: Path) -> None:
    """Since when nobody answers is kept from one check to the next; an answer of any kind ends it."""
    nobody = f"{any_free_port()}/well"
    codes = [probe.main([nobody, "--patience", "30"]), probe.main([nobody, "--patience", "30"])]
    since = float(silent_since.read_text())
    probe.main([f"{port}/ill", "--patience", "30"])

    assert ([1, 1], True) == (codes, since > 0)
    assert not silent_since.exists()


def test_who_waits_for_somebody_else_is_not_silent(
    port: int, silent_since: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the storage hangs, the service that asks it is not well, but answers under /health and is left alone."""
    monkeypatch.setattr(probe, "_ANSWER_SECONDS", 0.1)
    code = probe.main([f"{port}/hanging", "--patience", "30"])

    assert (1, False) == (code, silent_since.exists())


def test_nobody_is_ended_outside_of_a_container(silent_since: Path) -> None:
    """However long the silence, the processes of a machine itself are left alone."""
    silent_since.write_text("0")

    assert 1 == probe.main([f"{any_free_port()}/well", "--patience", "30"])
