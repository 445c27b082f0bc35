"""The child process of `inspection`: opens one file under limits and prints what it found as JSON."""

from __future__ import annotations

import json
import resource
import sys
import zipfile
from pathlib import Path

from accessa.domain.file_types import has_word_part

OUT_OF_MEMORY = 3  #: exit code of a child that has met its memory limit
_MEMORY_BYTES = 1_000_000_000
_CPU_SECONDS = 30
_PDF_PASSWORD_ERROR = 4


def main(arguments: list[str]) -> None:
    """Print the findings about the file (path, MIME type); leave with `OUT_OF_MEMORY` when it needs too much."""
    _limit()
    path, mime = Path(arguments[0]), arguments[1]
    try:
        findings = _inspect_pdf(path) if mime == "application/pdf" else _inspect_archive(path)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    sys.stdout.write(json.dumps(findings))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _inspect_pdf(path: Path) -> dict[str, object]:
    import pypdfium2 as pdfium  # noqa: PLC0415 - loaded after the limits are set

    try:
        document = pdfium.PdfDocument(path)
        pages = len(document)
    except pdfium.PdfiumError as error:
        protected = getattr(error, "err_code", None) == _PDF_PASSWORD_ERROR or "password" in str(error).lower()
        return {"code": "FILE_PROTECTED" if protected else "FILE_BROKEN"}
    return {"pages": pages} if pages else {"code": "FILE_BROKEN"}


def _inspect_archive(path: Path) -> dict[str, object]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return {"code": "FILE_BROKEN"}
    if any(entry.flag_bits & 0x1 for entry in entries):
        return {"code": "FILE_PROTECTED"}
    if not has_word_part([entry.filename for entry in entries]):
        return {"code": "UNSUPPORTED_TYPE"}
    return {"unpacked_bytes": sum(entry.file_size for entry in entries)}


if __name__ == "__main__":
    main(sys.argv[1:])
