"""All checks, in the order in which they are run and shown."""

from __future__ import annotations

from accessa.store.audit.check import Check
from accessa.store.audit.content import CONTENT
from accessa.store.audit.endings import ENDINGS
from accessa.store.audit.history import HISTORY
from accessa.store.audit.ownership import OWNERSHIP
from accessa.store.audit.publication import PUBLICATION
from accessa.store.audit.purchases import PURCHASES
from accessa.store.audit.rest import REST

CHECKS: tuple[Check, ...] = (*HISTORY, *CONTENT, *PURCHASES, *OWNERSHIP, *ENDINGS, *PUBLICATION, *REST)

FILES_ARE_KEPT = Check(
    "s11f_files_are_kept",
    "The file of every document is in storage, byte for byte.",
    "Delete the document and upload it again; a failed one takes the file as it comes again.",
    "document_id",
    (),
)
"""Not among `CHECKS`: it reads the storage, see `accessa.pipeline.kept_files`."""
