"""The child process of `inspection`: opens one file under limits and prints what it found as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import BinaryIO

import pypdfium2 as pdfium

from accessa.pipeline.archive_inspection import inspect_archive
from accessa.pipeline.confinement import OUT_OF_MEMORY, confine

_MEMORY_BYTES = 1_000_000_000
_CPU_SECONDS = 30
_PDF_PASSWORD_ERROR = 4


def main(arguments: list[str]) -> None:
    """Print the findings about the file (path, MIME type, most bytes of an archive's content).

    Leaves with `OUT_OF_MEMORY` when it needs too much.
    """
    path, mime, most = Path(arguments[0]), arguments[1], int(arguments[2])
    with path.open("rb") as file:
        confine(memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS)
        try:
            findings = _inspect_pdf(file) if mime == "application/pdf" else inspect_archive(file, most)
        except MemoryError:
            sys.exit(OUT_OF_MEMORY)
    sys.stdout.write(json.dumps(findings))


def _inspect_pdf(file: BinaryIO) -> dict[str, object]:
    try:
        pages = len(pdfium.PdfDocument(file))
    except pdfium.PdfiumError as error:
        protected = getattr(error, "err_code", None) == _PDF_PASSWORD_ERROR or "password" in str(error).lower()
        return {"code": "FILE_PROTECTED" if protected else "FILE_BROKEN"}
    return {"pages": pages} if pages else {"code": "FILE_BROKEN"}


if __name__ == "__main__":
    main(sys.argv[1:])
