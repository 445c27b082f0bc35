"""Addresses that the storage signs, for those who are given them."""

from __future__ import annotations

import httpx

from accessa.providers.storage import StorageClient

PATH = "storage://raw/a"


async def test_signed_addresses_are_those_for_the_outside() -> None:
    """Whoever uploads may not reach the storage where the services do, as from outside of a network of containers."""
    own, public = "http://storage.test", "https://files.example.org/"
    signed = {"signedURL": "/object/sign/b/a?token=t", "url": "/object/upload/sign/b/a?token=t", "token": "t"}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json=signed)

    async with StorageClient(own, "key", public_url=public, transport=httpx.MockTransport(answer)) as client:
        found = [await client.create_signed_url(PATH, 60), (await client.create_signed_upload_url(PATH)).url]

    assert ["storage.test"] * 2 == asked
    assert [f"{public}storage/v1{signed['signedURL']}", f"{public}storage/v1{signed['url']}"] == found
