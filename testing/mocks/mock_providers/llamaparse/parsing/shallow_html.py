"""Makes deeply nested HTML shallow: the converter leaves out, without a word, what lies more than a thousand deep."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

_DEEPEST = 300
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# They are closed by the next of their kind, so that many pages never close them.
_CLOSED_BY_THE_NEXT = frozenset(
    {"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup"}
)
_PARTING = frozenset({"p", "br", "hr", "li"})
_FLAT = _VOID | _CLOSED_BY_THE_NEXT
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")


def shallow(html: str) -> str:
    """Return the page with the same content and without the tags deeper than 300; one that has none, as it is."""
    if not _may_be_deep(html):
        return html
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.kept) if reader.left_out else html


def _may_be_deep(html: str) -> bool:
    """Tell at a glance whether tags may lie too deep; one that is never closed counts to the end."""
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > _DEEPEST:
                return True
    return False


class _Reader(HTMLParser):
    """Copies a page, but for the tags that are too deep."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self.left_out = 0
        self._open: list[str] = []
        self._count: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        source = self.get_starttag_text() or ""
        if tag in _FLAT:
            self._keep(source, instead="<br>" if tag in _PARTING else " ")
            return
        self._open.append(tag)
        self._count[tag] += 1
        self._keep(source)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _FLAT:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _FLAT:
            self._keep(f"</{tag}>")
            return
        if not self._count[tag]:
            return
        self._keep(f"</{tag}>")
        closed = ""
        while closed != tag:
            closed = self._open.pop()
            self._count[closed] -= 1

    def _keep(self, source: str, *, instead: str = " ") -> None:
        """Copy a tag, or put `instead` where it is too deep: what it has parted stays parted."""
        too_deep = len(self._open) > _DEEPEST
        self.left_out += too_deep
        self.kept.append(instead if too_deep else source)

    def handle_data(self, data: str) -> None:
        self.kept.append(data)

    def handle_entityref(self, name: str) -> None:
        self.kept.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.kept.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.kept.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.kept.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.kept.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.kept.append(f"<?{data}>")
