"""One upload form, read piece by piece: short text fields and one file."""

from __future__ import annotations

from collections.abc import Callable

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from accessa.apps.storage.refusals import bad_request

_FIELDS_BYTES = 64 * 1024


class UploadForm:
    """Takes the body's pieces and gives back the file's bytes among them.

    `fields` holds the text fields, `content_type` the file's own, empty when its part names none.
    """

    def __init__(self, header: str, check_type: Callable[[str], str]) -> None:
        """Take the request's content type; `check_type` is asked as soon as the file's type is known."""
        boundary = parse_options_header(header)[1].get(b"boundary")
        if not boundary:
            raise FormParserError("no boundary")
        self.fields: dict[str, str] = {}
        self.content_type = ""
        self._check_type = check_type
        self._file = bytearray()
        self._field = bytearray()
        self._fields_size = 0
        self._headers: dict[bytes, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._field_name: str | None = None
        self._file_seen = False
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._add_header_name,
                "on_header_value": self._add_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> bytes:
        """Read `piece` of the body; return the file's bytes in it."""
        self._parser.write(piece)
        found, self._file = bytes(self._file), bytearray()
        return found

    def finish(self) -> None:
        """Refuse a body that stopped before its closing boundary, or held no file."""
        if not self._complete:
            raise FormParserError("ended early")
        if not self._file_seen:
            raise bad_request("No content provided")

    def _begin_part(self) -> None:
        self._headers = {}
        self._field = bytearray()

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _end_headers(self) -> None:
        options = parse_options_header(self._headers.get(b"content-disposition", b"").decode("latin-1"))[1]
        kind = self._headers.get(b"content-type", b"").decode("latin-1")
        if b"filename" not in options:
            self._field_name = options.get(b"name", b"").decode("latin-1")
            return
        if self._file_seen:
            raise bad_request("Only one file can be uploaded at a time")
        self._field_name = None
        self._file_seen = True
        self._check_type(kind)
        self.content_type = kind

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._field_name is None:
            self._file += data[start:end]
            return
        self._fields_size += end - start
        if self._fields_size > _FIELDS_BYTES:
            raise bad_request("The form's text fields are too long")
        self._field += data[start:end]

    def _end_part(self) -> None:
        if self._field_name is not None:
            self.fields[self._field_name] = self._field.decode("utf-8", "replace")

    def _end(self) -> None:
        self._complete = True
