"""Outline: the path of headings in force while a text is read from top to bottom."""

from __future__ import annotations

_LONGEST_TITLE = 200
_MOST_READ = 1000


class Outline:
    """Remembers the open headings; `level` is the innermost one's (0 before the first), `path` their plain titles."""

    def __init__(self) -> None:
        self.level = 0
        self.path: tuple[str, ...] = ()
        self._open: list[tuple[int, str]] = []

    def enter(self, heading: str) -> None:
        """Take a heading's source (ATX line, or setext title and underline); headings of its level and below close."""
        first_line, _, underline = heading.partition("\n")
        signs = first_line[:_MOST_READ].strip()
        if underline:
            self.level, title = (1 if "=" in underline else 2), signs
        else:
            title = signs.lstrip("#")
            self.level = len(signs) - len(title)
            title = _without_closing_signs(title)
        self._open = [opened for opened in self._open if opened[0] < self.level]
        self._open.append((self.level, _plain(title)))
        self.path = tuple(title for _, title in self._open if title)


def _without_closing_signs(title: str) -> str:
    shorter = title.rstrip("#")
    return shorter if not shorter.rstrip() or shorter[-1] in " \t" else title


def _plain(title: str) -> str:
    """The title on one line, without signs for bold and code, of at most 200 characters."""
    return " ".join(title.replace("**", "").replace("`", "").split())[:_LONGEST_TITLE].rstrip()
