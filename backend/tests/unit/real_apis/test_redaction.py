"""What is left of a payload in a recording: its structure, and nothing that was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from real_apis.metered_transport import Exchange
from real_apis.recordings import LeakError, read_recordings, recording_of, write_recordings
from real_apis.redaction import redact_headers, redact_path, redact_value

SIGNED = "https://storage.example.org/object/sign/raw/a.pdf?token=eyJhbGciOiJIUzI1NiJ9.secret"


@pytest.mark.parametrize(
    ("key", "value", "shape"),
    [
        ("id", "pjb-1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "pjb-00000000-0000-0000-0000-000000000000"),
        ("id", "file-Ab3dE6gh9", "file-000000000"),
        ("external_file_id", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "00000000-0000-0000-0000-000000000000"),
        ("created_at", "2026-11-25T18:00:01.123456Z", "0000-00-00T00:00:00.000000Z"),
        ("agentic", "2026-10-16", "0000-00-00"),
        ("presigned_url", SIGNED, "<url>"),
        ("embedding", "QUJD" * 20, "<base64 of 80>"),
        ("embedding", [0.25, -0.5], [0.0]),
        ("expiresIn", "60", "00"),
        ("status", "COMPLETED", "COMPLETED"),
        ("status", "sk-abcdefgh12345678", "sk-0000000000000000"),
        ("code", "the file of Mr Larkfield", "<text of 24>"),
        ("message", "Incorrect API key provided: sk-abc", "<text of 34>"),
        ("name", "diagnosis.pdf", "<text of 13>"),
        ("tokens", 17, 0),
        ("success", True, True),
        ("usage", None, None),
        ("metadata", {"patient": "Larkfield", "ward": "7"}, {"<name>": "<text>"}),
        ("metadata", {}, {}),
        ("pages", [{"number": 1, "text": "abc"}, {"number": 2, "text": "xyz"}], [{"number": 0, "text": "<text of 3>"}]),
    ],
)
def test_a_value_becomes_its_shape(key: str, value: Any, shape: Any) -> None:
    """Words of fixed lists stay; ids, times, addresses, texts, vectors and numbers keep only their form."""
    assert {key: shape} == redact_value({key: value})


def test_only_headers_of_the_contract_are_kept_and_by_their_form() -> None:
    """Cookies and the names of machines go; durations and counts keep their units."""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "set-cookie": "session=secret",
        "cf-ray": "8c2f1a-FRA",
        "openai-organization": "larkfield-hospital",
        "x-ratelimit-reset-tokens": "1m30s",
        "x-ratelimit-remaining-requests": "2999",
        "x-request-id": "req_1b9d6bcdbbfd4b2d",
        "x-should-retry": "false",
    }

    assert {
        "content-type": "application/json",
        "openai-organization": "<text of 18>",
        "x-ratelimit-remaining-requests": "0000",
        "x-ratelimit-reset-tokens": "0m00s",
        "x-request-id": "req_0000000000000000",
        "x-should-retry": "false",
    } == redact_headers(headers)


def test_ids_in_a_path_are_left_out() -> None:
    """The path says the operation, not the object; a model is no object of a customer."""
    assert "/api/v2/parse/{id}/cancel" == redact_path("/api/v2/parse/pjb-1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed/cancel")


def exchange(answer: dict[str, Any]) -> Exchange:
    """Return an upload and its answer."""
    request = httpx.Request(
        "POST", "https://api.example.org/v1/files", data={"purpose": "batch"}, files={"file": ("a.txt", b"Larkfield")}
    )
    request.read()
    return Exchange("upload_file", request, httpx.Response(200, json=answer))


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Of an upload only the names of its parts are kept; what an earlier file allows stays allowed."""
    recording = recording_of(exchange({"status": "uploaded"}), "openai", "recorded from openai")
    write_recordings(tmp_path, [recording], private=["Larkfield"])
    path = tmp_path / "openai" / "upload_file.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"allowed": {"body.status": ["processed"]}}))
    write_recordings(tmp_path, [recording], private=["Larkfield"])
    [read] = read_recordings(tmp_path)

    assert {"method": "POST", "path": "/v1/files", "body": {"multipart": ["purpose", "file"]}} == read.request
    assert ("openai/upload_file", {"status": "uploaded"}) == (read.name, read.body)
    assert {"body.status": ["processed"]} == read.allowed


def test_a_recording_that_would_leak_is_not_written(tmp_path: Path) -> None:
    """Even a word that passes for one of a fixed list is caught when it was sent; then nothing is written at all."""
    good = recording_of(exchange({"id": "file-1"}), "llamaparse", "recorded from llamaparse")
    bad = recording_of(exchange({"status": "Larkfield"}), "openai", "recorded from openai")

    with pytest.raises(LeakError, match=r"^Nothing was recorded: the shape of openai/upload_file holds"):
        write_recordings(tmp_path, [good, bad], private=["Larkfield"])
    assert [] == list(tmp_path.iterdir())
