"""The documents of a benchmark: invented words from a seed, in the shapes that stress different parts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from accessa.bench.pdf_corpus import pdf_of_pages

SEED = 5
_LETTERS = "aeioubcdfglmnprst"
_VOCABULARY = 4000
_PDF_PAGES = 20
_HEADING_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its name, its bytes, and how many pages it has where it has pages."""

    name: str
    content: bytes
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of corpus: how many documents by default, and how document `place` of `scale` is written."""

    name: str
    documents: int
    write: Callable[[Writer, int, float], Document]
    words: str


class Writer:
    """Writes text of one seed: the same calls in the same order give the same text."""

    def __init__(self, seed: int) -> None:
        """Invent the vocabulary."""
        self.dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._words = ["".join(self.dice.choices(_LETTERS, k=self.dice.randint(3, 9))) for _ in range(_VOCABULARY)]

    def words(self, count: int) -> str:
        """Return so many words in one line."""
        return " ".join(self.dice.choices(self._words, k=count))

    def markdown(self, characters: int) -> bytes:
        """Return about so many characters of Markdown: a title, paragraphs, and a heading now and then."""
        return "\n\n".join(self._blocks(characters)).encode()

    def _blocks(self, characters: int) -> Iterator[str]:
        title = f"# {self.words(4)}"
        yield title
        written = len(title)
        while written < characters:
            # A word has seven characters with its blank, so a short text keeps to its length too.
            block = f"{self.words(min(self.dice.randint(40, 110), 1 + (characters - written) // 7))}."
            yield block
            written += len(block)
            if self.dice.random() < _HEADING_SHARE:
                yield f"## {self.words(3)}"


def _even(writer: Writer, place: int, scale: float) -> Document:
    return Document(f"even-{place:05d}.md", writer.markdown(round(40_000 * scale)))


def _tiny(writer: Writer, place: int, _scale: float) -> Document:
    return Document(f"tiny-{place:05d}.md", writer.markdown(writer.dice.randint(200, 800)))


def _big(writer: Writer, place: int, scale: float) -> Document:
    return Document(f"big-{place:05d}.md", writer.markdown(round(20_000_000 * scale)))


def _pdf(writer: Writer, place: int, scale: float) -> Document:
    pages = max(1, round(_PDF_PAGES * scale))
    return Document(f"pages-{place:05d}.pdf", pdf_of_pages(writer.words, pages), pages)


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("main", 200, _even, "documents of 40 kB"),
        Shape("tiny", 5000, _tiny, "documents of 0.2 to 0.8 kB"),
        Shape("big", 1, _big, "document of 20 MB"),
        Shape("pdf", 20, _pdf, "PDFs of 20 pages: text, two columns, tables"),
    )
}


def write_corpus(shape: str, *, documents: int | None = None, scale: float = 1.0, seed: int = SEED) -> list[Document]:
    """Return the documents of a shape; `scale` makes each as many times as long, `documents` is their number."""
    chosen = SHAPES[shape]
    writer = Writer(seed)
    count = chosen.documents if documents is None else documents
    return [chosen.write(writer, place, scale) for place in range(count)]
