"""The storage server is killed at each of its failpoints: an object is there whole or not at all, and no bytes stay."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from backend.tests.faults.processes import KILLED, Child, Processes
from backend.tests.house import JWT_SECRET, SERVICE_KEY

from accessa.domain.addresses import trust_for
from accessa.settings import load_settings

CONTENT = b"storm, flood and hail"
# What is found after the death, and whether the request that died was a removal.
DEATHS = {
    "storage.after_blob_before_row": ("POST", 400, 0),
    "storage.after_row_before_response": ("POST", 200, 1),
    "storage.after_removal_before_blobs": ("DELETE", 400, 0),
}


def client_of(child: Child) -> httpx.Client:
    """Return a client with the service's key."""
    headers = {"Authorization": f"Bearer {SERVICE_KEY}"}
    return httpx.Client(base_url=child.address, headers=headers, verify=trust_for(child.address))


def prepare(client: httpx.Client) -> None:
    """Make a bucket with one object."""
    assert 200 == client.post("/bucket", json={"id": "raw", "name": "raw"}).status_code
    assert 200 == client.post("/object/raw/old", content=CONTENT).status_code


@pytest.mark.parametrize("point", DEATHS)
async def test_an_object_is_whole_or_absent_after_a_death(processes: Processes, tmp_path: Path, point: str) -> None:
    """After the death a new start finds the old and the new object as told, and has swept all other bytes away."""
    method, status, added = DEATHS[point]
    root, settings = tmp_path / "storage", load_settings()
    passage = "@2" if method == "POST" else ""
    dying = processes.storage(settings, root, JWT_SECRET, f"{point}=kill{passage}")
    with client_of(dying) as client:
        prepare(client)
        with pytest.raises(httpx.TransportError):
            client.request(method, f"/object/raw/{'new' if method == 'POST' else 'old'}", content=CONTENT)
    assert KILLED == await dying.exit_code()
    with client_of(processes.storage(settings, root, JWT_SECRET)) as client:
        found = client.get(f"/object/raw/{'new' if method == 'POST' else 'old'}")

    assert (status, status == 200) == (found.status_code, found.content == CONTENT)
    assert int(method == "POST") + added == len(list((root / "objects").iterdir()))
