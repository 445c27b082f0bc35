"""The storage server over HTTP: what works, in the forms of the official clients."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 8_000


def put(caller: httpx.Client, path: str, content: bytes = CONTENT, kind: str = "application/pdf") -> None:
    """Store `content` at `path` (bucket/key)."""
    caller.post(f"object/{path}", content=content, headers={"content-type": kind}).raise_for_status()


@pytest.mark.parametrize("path", ["/status", "/health", "/storage/v1/status"])
def test_health_needs_no_key(stranger: httpx.Client, path: str) -> None:
    """Health answers 200 to anybody."""
    assert 200 == stranger.get(str(stranger.base_url.copy_with(path=path))).status_code


def test_bucket_lives_from_creation_to_deletion(caller: httpx.Client) -> None:
    """A bucket is created, shown, listed, changed, and deleted once it is empty."""
    body = {"name": "policies", "public": False, "file_size_limit": "20MB", "allowed_mime_types": ["text/*"]}
    assert {"name": "policies"} == caller.post("bucket", json=body).json()
    put(caller, "policies/a.txt", b"hello", "text/plain")

    assert {"message": "Successfully updated"} == caller.put("bucket/policies", json={"public": True}).json()
    shown = caller.get("bucket/policies").json()
    assert ("policies", "policies", True, 20_000_000, ["text/*"]) == tuple(
        shown[name] for name in ("id", "name", "public", "file_size_limit", "allowed_mime_types")
    )
    assert shown in caller.get("bucket").json()
    assert "ResourceNotEmpty" == caller.request("DELETE", "bucket/policies", json={}).json()["code"]
    assert "queued" in caller.post("bucket/policies/empty", json={}).json()["message"]
    assert {"message": "Successfully deleted"} == caller.request("DELETE", "bucket/policies", json={}).json()
    assert "NoSuchBucket" == caller.get("bucket/policies").json()["code"]


def test_form_upload_keeps_bytes_type_and_metadata(caller: httpx.Client, bucket: str) -> None:
    """A multipart upload, as the official clients send it, comes back byte for byte."""
    answer = caller.post(
        f"object/{bucket}/u/d.pdf",
        files={"file": ("d.pdf", CONTENT, "application/pdf")},
        data={"cacheControl": "3600", "metadata": '{"page": 1}'},
    ).json()
    info = caller.get(f"object/info/{bucket}/u/d.pdf").json()

    assert {"Key": f"{bucket}/u/d.pdf", "Id": info["id"]} == answer
    assert (len(CONTENT), "application/pdf", "max-age=3600", {"page": 1}) == tuple(
        info[name] for name in ("size", "content_type", "cache_control", "metadata")
    )
    assert CONTENT == caller.get(f"object/{bucket}/u/d.pdf").content


def test_raw_upload_takes_its_description_from_headers(caller: httpx.Client, bucket: str) -> None:
    """A raw body is stored with the type, cache control and metadata of its headers."""
    metadata = base64.b64encode(b'{"page": 1}').decode()
    headers = {"content-type": "text/markdown", "cache-control": "no-store", "x-metadata": metadata}
    caller.post(f"object/{bucket}/a b.md", content=b"# A", headers=headers).raise_for_status()
    answer = caller.get(f"object/authenticated/{bucket}/a%20b.md")

    assert (b"# A", "text/markdown", "no-store") == (
        answer.content,
        answer.headers["content-type"],
        answer.headers["cache-control"],
    )
    assert {"page": 1} == caller.get(f"object/info/{bucket}/a b.md").json()["metadata"]


def test_replacing_needs_upsert_or_put(caller: httpx.Client, bucket: str) -> None:
    """An object is replaced by x-upsert or by PUT, and PUT also creates."""
    put(caller, f"{bucket}/a", b"one")
    first = caller.get(f"object/info/{bucket}/a").json()
    caller.post(f"object/{bucket}/a", content=b"two", headers={"x-upsert": "true"}).raise_for_status()
    caller.put(f"object/{bucket}/b", content=b"three").raise_for_status()
    second = caller.get(f"object/info/{bucket}/a").json()

    assert (first["id"], True) == (second["id"], first["etag"] != second["etag"])
    assert [b"two", b"three"] == [caller.get(f"object/{bucket}/{key}").content for key in "ab"]


def test_range_gives_the_part_and_its_place(caller: httpx.Client, bucket: str) -> None:
    """A range is answered with 206 and its place in the whole, unless it was meant for other bytes."""
    put(caller, f"{bucket}/a")
    part = caller.get(f"object/{bucket}/a", headers={"range": "bytes=1000000-1000009"})
    other = caller.get(f"object/{bucket}/a", headers={"range": "bytes=0-1", "if-range": '"other"'})

    assert (206, CONTENT[1_000_000:1_000_010], f"bytes 1000000-1000009/{len(CONTENT)}") == (
        part.status_code,
        part.content,
        part.headers["content-range"],
    )
    assert (200, len(CONTENT)) == (other.status_code, len(other.content))


def test_known_etag_is_answered_without_bytes(caller: httpx.Client, bucket: str) -> None:
    """A caller that names the current ETag gets 304 and no body."""
    put(caller, f"{bucket}/a")
    etag = caller.get(f"object/{bucket}/a").headers["etag"]
    again = caller.get(f"object/{bucket}/a", headers={"if-none-match": f'"x", W/{etag}'})

    assert (304, b"", etag) == (again.status_code, again.content, again.headers["etag"])


def test_head_tells_the_size_without_a_body(caller: httpx.Client, bucket: str) -> None:
    """HEAD works on an object and on its info, and is 400 without a body when it is missing."""
    put(caller, f"{bucket}/a")
    there = caller.head(f"object/{bucket}/a")

    assert (200, str(len(CONTENT))) == (there.status_code, there.headers["content-length"])
    assert [200, 400, 400] == [
        caller.head(path).status_code
        for path in (f"object/info/{bucket}/a", f"object/info/{bucket}/no", f"object/{bucket}/no")
    ]


def test_download_by_name_is_an_attachment(caller: httpx.Client, bucket: str) -> None:
    """`?download=name` makes the browser save it, whatever characters the name has."""
    put(caller, f"{bucket}/a")
    answer = caller.get(f"object/{bucket}/a", params={"download": 'ä"\r\n.pdf'})

    assert "attachment; filename*=UTF-8''%C3%A4%22%0D%0A.pdf" == answer.headers["content-disposition"]


def test_list_shows_one_level(caller: httpx.Client, bucket: str) -> None:
    """A list shows folders with a null id, then objects, with search, order and paging."""
    for key in ("u/b.pdf", "u/a_1.pdf", "u/ab1.pdf", "u/deep/x.pdf", "other/y.pdf"):
        put(caller, f"{bucket}/{key}", key.encode())

    def names(**body: object) -> list[str]:
        return [entry["name"] for entry in caller.post(f"object/list/{bucket}", json=body).json()]

    assert ["other", "u"] == names(prefix="")
    assert ["deep", "a_1.pdf", "ab1.pdf", "b.pdf"] == names(prefix="u")
    assert ["a_1.pdf"] == names(prefix="u/", search="A_")
    assert ["ab1.pdf"] == names(prefix="u", limit=1, offset=2)
    assert ["deep", "ab1.pdf", "a_1.pdf", "b.pdf"] == names(
        prefix="u", sortBy={"column": "created_at", "order": "desc"}
    )
    folder, *objects = caller.post(f"object/list/{bucket}", json={"prefix": "u"}).json()
    assert None is folder["id"]
    assert [9, 9, 7] == [entry["metadata"]["size"] for entry in objects]


def test_pages_cover_every_key_once(caller: httpx.Client, bucket: str) -> None:
    """Following the cursor visits each key once; with a delimiter folders stand for their content."""
    keys = ["a-b", "a/1", "a/2", "b", "c/3"]
    for key in keys:
        put(caller, f"{bucket}/{key}", b"x")
    seen: list[str] = []
    page = {"hasNext": True, "nextCursor": None}
    while page["hasNext"]:
        body = {"limit": 2, "cursor": page["nextCursor"]}
        page = caller.post(f"object/list-v2/{bucket}", json=body).json()
        seen += [entry["name"] for entry in page["objects"]]
    top = caller.post(f"object/list-v2/{bucket}", json={"with_delimiter": True, "prefix": ""}).json()

    assert keys == seen
    assert (["a/", "c/"], ["a-b", "b"]) == tuple(
        [entry["name"] for entry in top[part]] for part in ("folders", "objects")
    )


def test_remove_tells_what_was_there(caller: httpx.Client, bucket: str) -> None:
    """Missing names are simply absent from the answer."""
    put(caller, f"{bucket}/a", b"x")
    gone = caller.request("DELETE", f"object/{bucket}", json={"prefixes": ["a", "no", "a"]})

    assert (200, ["a"]) == (gone.status_code, [row["name"] for row in gone.json()])
    assert "NoSuchKey" == caller.get(f"object/{bucket}/a").json()["code"]


def test_move_and_copy(caller: httpx.Client, bucket: str) -> None:
    """An object changes its place, or is there twice."""
    put(caller, f"{bucket}/a", b"x")
    moved = caller.post("object/move", json={"bucketId": bucket, "sourceKey": "a", "destinationKey": "b"})
    copied = caller.post("object/copy", json={"bucketId": bucket, "sourceKey": "b", "destinationKey": "c"})

    assert {"message": "Successfully moved"} == moved.json()
    assert f"{bucket}/c" == copied.json()["Key"]
    assert [400, 200, 200] == [caller.get(f"object/{bucket}/{key}").status_code for key in "abc"]


def test_signed_url_opens_one_object_without_a_key(caller: httpx.Client, stranger: httpx.Client, bucket: str) -> None:
    """A signed URL is relative to the service, and needs no key."""
    put(caller, f"{bucket}/u/a b.pdf")
    signed = caller.post(f"object/sign/{bucket}/u/a b.pdf", json={"expiresIn": "60"}).json()["signedURL"]
    many = caller.post(f"object/sign/{bucket}", json={"paths": ["u/a b.pdf", "no"], "expiresIn": 60}).json()

    assert signed.startswith(f"/object/sign/{bucket}/u/a%20b.pdf?token=")
    assert CONTENT == stranger.get(signed[1:]).content
    assert [True, False] == [entry["error"] is None for entry in many]
    assert None is many[1]["signedURL"]


def test_signed_upload_takes_one_file_without_a_key(caller: httpx.Client, stranger: httpx.Client, bucket: str) -> None:
    """An upload URL stores one object, and cannot be used to replace it."""
    signed = caller.post(f"object/upload/sign/{bucket}/u/a.pdf").json()
    url = signed["url"][1:]
    first = stranger.put(url, files={"file": ("a.pdf", CONTENT, "application/pdf")})
    second = stranger.put(url, content=b"other")

    assert [signed["token"]] == parse_qs(urlsplit(url).query)["token"]
    assert {"Key": f"{bucket}/u/a.pdf"} == first.json()
    assert "KeyAlreadyExists" == second.json()["code"]
    assert CONTENT == caller.get(f"object/{bucket}/u/a.pdf").content


def test_public_bucket_is_read_without_a_key(caller: httpx.Client, stranger: httpx.Client, bucket: str) -> None:
    """Only a bucket that was made public can be read by anybody."""
    put(caller, f"{bucket}/a")
    address = f"object/public/{bucket}/a"
    before = stranger.get(address)
    caller.put(f"bucket/{bucket}", json={"public": True}).raise_for_status()

    assert "NoSuchBucket" == before.json()["code"]
    assert CONTENT == stranger.get(address).content


def test_address_without_the_gateway_prefix_works_too(caller: httpx.Client, bucket: str) -> None:
    """The bare service serves the same paths at its root."""
    put(caller, f"{bucket}/a", b"x")
    address = str(caller.base_url.copy_with(path=f"/object/{bucket}/a"))

    assert b"x" == caller.get(address).content
