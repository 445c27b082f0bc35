"""Links inside the Markdown documents of the repository lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("docs", "monitoring", "infrastructure", ".github")

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:")


def documents(root: Path) -> list[Path]:
    """Return the Markdown documents: those at the top, and all below the folders that hold prose."""
    return sorted([*root.glob("*.md"), *(path for folder in FOLDERS for path in (root / folder).rglob("*.md"))])


def dead_links(root: Path) -> list[str]:
    """Return `file: link` for each link to a file or heading that does not exist; other sites are not asked."""
    return [
        f"{document.relative_to(root).as_posix()}: {link}"
        for document in documents(root)
        for link in links_of(document.read_text(encoding="utf-8"))
        if not leads_somewhere(document, link)
    ]


def links_of(text: str) -> list[str]:
    """Return the targets of the links of a document, those shown inside code left out."""
    return [link for link in _LINK.findall(_CODE.sub("", _FENCE.sub("", text))) if not _ELSEWHERE.match(link)]


def leads_somewhere(document: Path, link: str) -> bool:
    """Tell whether the file of a link exists, and has the heading that the link names."""
    path, _, heading = link.partition("#")
    target = document.parent / unquote(path) if path else document
    if not target.exists():
        return False
    return not heading or target.suffix != ".md" or heading in anchors_of(target.read_text(encoding="utf-8"))


def anchors_of(text: str) -> set[str]:
    """Return the anchors of a document's headings, as code hosting sites make them."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere() -> None:
    """No link inside the documents is dead."""
    assert [] == dead_links(ROOT)


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    """Links to missing files and headings are named; good ones, other sites and those in code are not."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "one.md").write_text("# The one, and only\n")
    (tmp_path / "README.md").write_text(
        "[a](docs/one.md) [b](docs/one.md#the-one-and-only) [c](docs/two.md) [d](docs/one.md#lost) [e](#none)\n"
        "[f](https://example.org/x) `[g](nowhere.md)`\n```\n[h](nowhere.md)\n```\n"
    )

    assert ["README.md: docs/two.md", "README.md: docs/one.md#lost", "README.md: #none"] == dead_links(tmp_path)
