"""Links and images: the text of a link stays, an image becomes `![img]`, the addresses go.

Brackets may nest two deep inside a link text, a link text may run over lines but not over a blank line, and an address
holds no blank. No pattern here gives back what it has matched (`++`, `*+`), so the time is linear on hostile brackets.
"""

from __future__ import annotations

import re

from accessa.domain.normalise.code_spans import code_spans

IMAGE = "![img]"
"""What stands for an image; it says nothing that could be searched."""

_AFTER_BRACKET = ("(", "[", ":")
_MASK = "\x01"  # never in a clean text: stands for a character of inline code or of a backslash escape
_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")

_PLAIN = r"[^\[\]\n]++|\n(?!\n)"
_INNER = rf"(?:{_PLAIN}|\[(?:{_PLAIN}|\[(?:{_PLAIN})*+\])*+\])*+"
_TITLE = r"""(?:"[^"\n]*+"|'[^'\n]*+'|\([^()\n]*+\))"""
_ADDRESS = r"(?:<[^<>\n]*+>|(?!<)(?:[^\s()]++|\((?:[^\s()]++|\([^\s()]*+\))*+\))*+)"
_SUFFIX = rf"(?:\(\ ?{_ADDRESS}(?:\ {_TITLE})?+\ ?\)|(?P<loose>\([^()\n]*+\))|\[(?P<label>[^\[\]\n]*+)\])"
_MAIL = r"[^\s<>@()\[\]]{1,64}@[A-Za-z0-9.-]{1,253}"
_AUTOLINK = rf"<(?P<auto>(?:https?|ftp|mailto):[^\s<>]++|{_MAIL})>"
_LINK = re.compile(rf"\[(?P<text>{_INNER})\]{_SUFFIX}|{_AUTOLINK}")
_LINK_OR_SHORTCUT = re.compile(rf"\[(?P<text>{_INNER})\]{_SUFFIX}?+|{_AUTOLINK}")
_DEFINITION = re.compile(
    rf"^(?P<before>\ *+)\[(?P<label>[^\[\]\n^][^\[\]\n]*+)\]:"
    rf"\ ?(?P<rest>(?:<[^<>\n]*+>|(?:[A-Za-z][A-Za-z0-9+.-]*+:|/|\.\.?/|\#|www\.)\S*+)(?:\ {_TITLE})?+)$",
    re.MULTILINE,
)


def drop_addresses(texts: list[str]) -> list[str]:
    """The text segments of one page without the addresses of links and images; definitions hold for all segments.

    A reference counts only when its definition is on the page. A definition goes when it was used; else it loses its
    colon and stays as text, so that it can never name a link of another page.
    """
    defined = {_key(found["label"]) for text in filter(holds_definition, texts) for found in _DEFINITION.finditer(text)}
    used: set[str] = set()
    reduced = [_reduced(text, defined, used) if "[" in text or "<" in text else text for text in texts]
    if not defined:
        return reduced
    return [_DEFINITION.sub(lambda found: _without_definition(found, used), text) for text in reduced]


def holds_definition(text: str) -> bool:
    """Tell whether a text segment defines a reference, which links anywhere on the page may name."""
    return "]:" in text and _DEFINITION.search(text) is not None


def _reduced(text: str, defined: set[str], used: set[str]) -> str:
    """The text without addresses, block by block: no link runs over a blank line, and few blocks have one."""
    marks = ("[", "<") if defined else ("](", "][", "<")
    if not any(mark in text for mark in marks):
        return text
    return "\n\n".join(
        _Reduction(block, defined, used).result() if any(mark in block for mark in marks) else block
        for block in text.split("\n\n")
    )


def _key(label: str) -> str:
    return " ".join(label.split()).casefold()


def _without_definition(found: re.Match[str], used: set[str]) -> str:
    return "" if _key(found["label"]) in used else f"{found['before']}[{found['label']}] {found['rest']}"


class _Reduction:
    """One pass over one text: finds the links in its masked copy and cuts them out of the text itself."""

    def __init__(self, text: str, defined: set[str], used: set[str]) -> None:
        self._text = text
        self._masked = _masked(text)
        self._defined = defined
        self._used = used
        self._pieces: list[str] = []

    def result(self) -> str:
        pattern = _LINK_OR_SHORTCUT if self._defined else _LINK
        position = copied = 0
        while found := pattern.search(self._masked, position):
            kept = self._kept(found)
            position = found.start() + 1 if kept is None else found.end()
            if kept is not None:
                self._pieces += (self._text[copied : self._begin(found)], self._apart(kept, found))
                copied = position
        return "".join([*self._pieces, self._text[copied:]])

    def _kept(self, found: re.Match[str]) -> str | None:
        """What stays of a link; None when it is none."""
        if found["auto"]:
            return self._text[slice(*found.span("auto"))]
        if self._is_image(found):
            return IMAGE if self._has_suffix(found) or self._is_defined(found) else None
        is_inline = self._has_suffix(found) and found["label"] is None
        is_link = not found["loose"] if is_inline else self._is_defined(found)
        return self._text[slice(*found.span("text"))] if is_link else None

    def _has_suffix(self, found: re.Match[str]) -> bool:
        return found.end() > found.end("text") + 1

    def _is_defined(self, found: re.Match[str]) -> bool:
        label = _key(self._text[slice(*found.span("label"))] or self._text[slice(*found.span("text"))])
        if label not in self._defined or self._masked.startswith(":", found.end()):
            return False
        self._used.add(label)
        return True

    def _is_image(self, found: re.Match[str]) -> bool:
        return found.start() > 0 and self._masked[found.start() - 1] == "!"

    def _begin(self, found: re.Match[str]) -> int:
        return found.start() - 1 if not found["auto"] and self._is_image(found) else found.start()

    def _apart(self, kept: str, found: re.Match[str]) -> str:
        """What stays, with a blank wherever it would make a new link together with its neighbours."""
        begin = self._begin(found)
        joins_left = kept.startswith(_AFTER_BRACKET) and begin > 0 and self._text[begin - 1] == "]"
        joins_right = kept.endswith("]") and self._text.startswith(_AFTER_BRACKET, found.end())
        return " " * joins_left + kept + " " * joins_right


def _masked(text: str) -> str:
    """The text, of the same length, with inline code and backslash escapes blotted out."""
    masked = "\n".join(_without_code(line) for line in text.split("\n")) if "`" in text else text
    return _ESCAPE.sub(_MASK * 2, masked) if "\\" in masked else masked


def _without_code(line: str) -> str:
    if "`" not in line:
        return line
    pieces: list[str] = []
    position = 0
    for start, end in code_spans(line):
        pieces += (line[position:start], _MASK * (end - start))
        position = end
    return "".join([*pieces, line[position:]])
