"""Checks of the content: chunks and vectors are whole, unaltered, and fit together."""

from __future__ import annotations

from accessa.store.audit.check import DOCUMENTS, Check

_AGAIN = "Delete the document and upload it again; then look for what has changed its rows."
_COPIES = (
    "Restart the workers with SEARCH_INDEX=exact, which removes the copies, then with SEARCH_INDEX=auto, which makes "
    "them anew; then look for what has changed their rows."
)

CONTENT: tuple[Check, ...] = (
    Check("s06a_chunked_jobs_have_their_set", "A job past chunking has its closed set of chunks.", _AGAIN, "job_id"),
    Check("s06b_sets_are_whole", "A closed set has every chunk, each in its place.", _AGAIN, "set_id", DOCUMENTS),
    Check(
        "s06c_chunks_are_unaltered", "Every chunk has the text that was hashed.", _AGAIN, "set_id/chunk_id", DOCUMENTS
    ),
    Check(
        "s07a_chunks_have_their_vector",
        "Every chunk of an embedded job has one vector of the job's model.",
        _AGAIN,
        "set_id/chunk_id",
    ),
    Check(
        "s07b_live_vectors_are_of_one_maker",
        "All vectors that search compares were made by the same provider.",
        "Upload the document again: what another provider has made is bought anew.",
        "document_id",
        DOCUMENTS,
    ),
    Check("s07c_vectors_belong_to_a_chunk", "No vector is without its chunk.", _AGAIN, "set_id/chunk_id", DOCUMENTS),
    Check(
        "s07d_vectors_are_of_one_width",
        "The vectors of a set all have the same width.",
        "EMBED_DIMENSIONS was changed without EMBED_VERSION: raise EMBED_VERSION, then upload the document again.",
        "set_id",
        DOCUMENTS,
    ),
    Check(
        "s07e_recorded_batches_have_vectors",
        "A batch that is ticked off has all of its vectors.",
        _AGAIN,
        "job_id and batch",
    ),
    Check(
        "s07f_embedded_jobs_have_no_open_batch",
        "A job whose vectors are stored has nothing left to buy.",
        _AGAIN,
        "job_id and batch",
    ),
    Check(
        "s08a_vectors_have_their_length",
        "No vector is zero or infinite, and those of OpenAI have length one.",
        _AGAIN,
        "set_id/chunk_id",
        DOCUMENTS,
    ),
    Check(
        "s08b_vectors_are_unaltered", "Every vector is the one that was hashed.", _AGAIN, "set_id/chunk_id", DOCUMENTS
    ),
    Check(
        "s22a_copies_are_of_live_sets",
        "The search index has copies of live sets alone.",
        _COPIES,
        "set_id",
        DOCUMENTS,
    ),
    Check(
        "s22b_copies_are_unaltered",
        "A vector in the search index is that of its chunk.",
        _COPIES,
        "set_id/chunk_id",
        DOCUMENTS,
    ),
    Check(
        "s22c_copies_are_whole",
        "A set that the search index counts as complete lacks no vector there.",
        _COPIES,
        "set_id",
        DOCUMENTS,
    ),
)
