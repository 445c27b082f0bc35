"""Why a parse job fails: the provider's own reasons, each with a plain sentence."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Reasons as the provider names them; they open the job's `error_message`."""

    UNSUPPORTED_FILE_TYPE = "UNSUPPORTED_FILE_TYPE"
    PDF_IS_PROTECTED = "PDF_IS_PROTECTED"
    PDF_IS_BROKEN = "PDF_IS_BROKEN"
    NO_DATA_FOUND_IN_FILE = "NO_DATA_FOUND_IN_FILE"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    TIMEOUT = "TIMEOUT"
    EXPIRED = "EXPIRED"
    ERROR_DURING_PROCESSING = "ERROR_DURING_PROCESSING"


SENTENCES: dict[Reason, str] = {
    Reason.UNSUPPORTED_FILE_TYPE: "This type of file cannot be parsed. Upload a PDF, DOCX, HTML or text file.",
    Reason.PDF_IS_PROTECTED: "The PDF asks for a password. Upload a copy without one.",
    Reason.PDF_IS_BROKEN: "The PDF cannot be read. Save it again from its source and upload that.",
    Reason.NO_DATA_FOUND_IN_FILE: "No text was found in the file. A scan needs OCR first.",
    Reason.DOCUMENT_TOO_LARGE: "The document needs more memory than allowed. Split it.",
    Reason.TOO_MANY_PAGES: "The document has more pages than allowed. Split it.",
    Reason.TIMEOUT: "Parsing took longer than allowed.",
    Reason.EXPIRED: "The job waited longer than its own time limit.",
    Reason.ERROR_DURING_PROCESSING: "Parsing failed for a reason that a new try may not meet.",
}


class ParseFailureError(Exception):
    """A job fails for `reason`; the text is the sentence for the person who uploaded it."""

    def __init__(self, reason: Reason, sentence: str | None = None) -> None:
        super().__init__(sentence or SENTENCES[reason])
        self.reason = reason

    @property
    def message(self) -> str:
        """The job's `error_message`: `REASON: sentence`."""
        return f"{self.reason}: {self}"


def failure_named(name: str) -> ParseFailureError:
    """Return the failure of a reason given by name; an unknown name counts as an error during processing."""
    known = name in Reason.__members__
    return ParseFailureError(Reason(name) if known else Reason.ERROR_DURING_PROCESSING)
