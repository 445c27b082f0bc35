"""What `accessa inspect` found, as the one JSON object that it prints; what a person is told is made of it, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import inf
from typing import Any
from uuid import UUID

import orjson

from accessa.apps.api.answers import document_answer, job_answer
from accessa.apps.api.receipts import receipt_answer
from accessa.cli.snippets import snippet
from accessa.observe.document_inspection import DeletedInspection, Inspection, ObjectFindings
from accessa.observe.document_timeline import Timeline

Row = dict[str, Any]

# As the audit has it: vectors of half precision on their way are this near.
_NEAR_ONE = 0.01
_LEASE = ("lease_owner", "lease_epoch", "available_at", "attempts_in_row", "max_attempts", "waits_for")


def inspection_row(found: Inspection) -> Row:
    """Return what was found of a document that is there."""
    row: Row = {
        **document_answer(found.document).model_dump(mode="json"),
        "user_id": str(found.user_id),
        "jobs": [_job(job, timeline) for job, timeline in found.jobs],
        "chunk_sets": [dict(one) for one in found.sets],
        "vector_sets": [vector_row(one) for one in found.vectors],
        **_objects(found.objects),
        "receipt": receipt_answer(found.receipt).model_dump(mode="json") if found.receipt else None,
        "texts": [_text(*one) for one in found.texts],
    }
    complaints = [*_of_objects(found.objects), *_of_vectors(row["vector_sets"]), *_of_receipt(row["receipt"])]
    return _plain({**row, "complaints": complaints, "next": _next(row)})


def deleted_row(found: DeletedInspection) -> Row:
    """Return what is left of a document that was deleted."""
    deletion = found.last.deletion
    unfinished = ["the deletion is not finished; delete it again"] if found.last.is_open else []
    left = [f"{path} is left in the storage" for path in found.objects.unnamed]
    row: Row = {
        "document_id": deletion.document_id,
        "user_id": deletion.user_id,
        "job_id": deletion.job_id,
        "deleted": found.last.code,
        "deletion": asdict(deletion.tally),
        "events": list(found.events),
        "calls": [dict(call) for call in found.calls],
        **_objects(found.objects),
        "complaints": [*_of_objects(found.objects), *unfinished, *left],
        "next": [f"accessa logs --document {deletion.document_id}"],
    }
    return _plain(row)


def _job(job: Mapping[str, Any], timeline: Timeline) -> Row:
    return {
        **job_answer(job).model_dump(mode="json"),
        **{name: timeline.job[name] for name in _LEASE},
        "events": timeline.events,
        "events_truncated": timeline.truncated,
        "calls": timeline.calls,
        "parse": timeline.parse,
    }


def vector_row(one: Mapping[str, Any]) -> Row:
    """Return the measures of some vectors with the verdict on them."""
    least, most = one["least_norm"], one["most_norm"]
    sound = one["least_dimensions"] == one["most_dimensions"] and least > 0 and most < inf
    return {**one, "sound": sound, "unit_length": sound and least >= 1 - _NEAR_ONE and most <= 1 + _NEAR_ONE}


def _objects(objects: ObjectFindings) -> Row:
    trouble = objects.trouble
    sizes = {one.named.path: one.size for one in objects.found}
    return {
        "objects": [
            {
                "path": one.path,
                "kind": one.kind,
                "exists": None if trouble else sizes.get(one.path) is not None,
                "bytes": sizes.get(one.path),
                "bytes_by_row": one.bytes,
            }
            for one in objects.named
        ],
        "objects_unnamed": list(objects.unnamed),
        "storage_error": {"code": trouble.code, "message": trouble.message} if trouble else None,
    }


def _text(set_id: UUID, place: int, chunk_id: UUID, text: str) -> Row:
    return {"set_id": set_id, "chunk_ord": place, "chunk_id": chunk_id, "text": snippet(text, "")}


def _of_objects(objects: ObjectFindings) -> Iterable[str]:
    if objects.trouble:
        yield f"the storage could not be asked: {objects.trouble.message}"
    for one in objects.found:
        if one.size is None:
            yield f"the {one.named.kind} is missing in the storage: {one.named.path}"
        elif not one.is_sound:
            yield f"the {one.named.kind} has {one.size:,} bytes in the storage and {one.named.bytes:,} by its row"


def _of_vectors(rows: Sequence[Row]) -> Iterable[str]:
    return (f"vectors of set {one['set_id']} are zero, or not of one width" for one in rows if not one["sound"])


def _of_receipt(receipt: Row | None) -> Iterable[str]:
    if receipt and not receipt["holds"]:
        yield f"the receipt does not hold any more: accessa documents receipt {receipt['document_id']}"


def _next(row: Row) -> list[str]:
    failed = [f"accessa jobs show {row['job_id']}"] if row["error"] else []
    return [*failed, f"accessa logs --document {row['document_id']}"]


def _plain(row: Row) -> Row:
    """Return ids and moments as the text that JSON has for them."""
    plain: Row = orjson.loads(orjson.dumps(row, default=str))
    return plain
