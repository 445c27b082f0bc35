"""What was lost, and what is stored twice or wrongly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

from accessa.drill.evidence import Acknowledged, Evidence


def lost(evidence: Evidence) -> list[str]:
    """Return a sentence for each acknowledged upload that is not complete, searchable and stored byte for byte."""
    acknowledged = {each.document_id: each for each in evidence.acknowledged}
    return [
        f"{each.filename} ({each.document_id}): {why}"
        for each in acknowledged.values()
        if (why := _why_lost(evidence, each))
    ]


def _why_lost(evidence: Evidence, upload: Acknowledged) -> str:
    job = next((job for job in evidence.jobs if job.job_id == upload.job_id), None)
    document = next((each for each in evidence.documents if each.document_id == upload.document_id), None)
    if job is None or document is None:
        return "there is no such job or document"
    if job.status != "complete":
        return f"its job {job.job_id} is {job.status}" + (f" ({job.error_code})" if job.error_code else "")
    if document.object_sha256 != upload.sha256:
        return "its file is not in storage as it was sent"
    if document.live_set_id is None or not document.found:
        return "search does not find it"
    return ""


def stored_wrongly(evidence: Evidence) -> list[str]:
    """Return a sentence for each thing that is stored twice, in part, or not as its text says."""
    return [*_twins(evidence), *_sets(evidence), *_chunks(evidence), *_texts(evidence)]


def _twins(evidence: Evidence) -> Iterator[str]:
    same_bytes = Counter((each.user_id, each.file_sha256) for each in evidence.documents)
    for (user, sha256), count in same_bytes.items():
        if count > 1:
            yield f"user {user} has {count} documents of the same bytes {sha256}"
    complete = Counter(job.document_id for job in evidence.jobs if job.status == "complete")
    yield from (f"document {document} was completed {count} times" for document, count in complete.items() if count > 1)


def _sets(evidence: Evidence) -> Iterator[str]:
    owners = Counter(each.document_id for each in evidence.sets)
    yield from (f"document {document} has {count} chunk sets" for document, count in owners.items() if count > 1)
    ordinals: dict[UUID, list[int]] = defaultdict(list)
    for chunk in evidence.chunks:
        ordinals[chunk.set_id].append(chunk.ordinal)
    for each in evidence.sets:
        if each.chunks_total is not None and sorted(ordinals[each.set_id]) != list(range(each.chunks_total)):
            yield f"set {each.set_id} has other chunks than the {each.chunks_total} that it names"


def _chunks(evidence: Evidence) -> Iterator[str]:
    complete = {job.set_id for job in evidence.jobs if job.status == "complete"}
    for chunk in evidence.chunks:
        name = f"chunk {chunk.ordinal} of document {chunk.document_id}"
        if chunk.altered:
            yield f"{name} is not the text of its hash"
        if chunk.set_id in complete and chunk.vectors != 1:
            yield f"{name} has {chunk.vectors} vectors"
        if chunk.wrong_vector:
            yield f"{name} has a vector that is not its text's"


def _texts(evidence: Evidence) -> Iterator[str]:
    """Compare the marks of each complete document with those in its chunks: each once, none missing."""
    marks: dict[UUID, Counter[str]] = defaultdict(Counter)
    for chunk in evidence.chunks:
        marks[chunk.document_id].update(chunk.marks)
    complete = {job.document_id for job in evidence.jobs if job.status == "complete"}
    uploads = {each.document_id: each for each in evidence.acknowledged if each.document_id in complete}
    for document, upload in uploads.items():
        if marks[document] != Counter(upload.marks):
            missing = len(set(upload.marks) - marks[document].keys())
            name = f"{upload.filename} ({document})"
            yield f"{name}: {missing} of {len(upload.marks)} paragraphs are missing, or some are doubled"
