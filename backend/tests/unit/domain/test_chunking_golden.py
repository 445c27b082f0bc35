"""Golden chunks: version 1 of `markdown-simple` can never change without a failure here; a change is version 2."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from accessa.domain.chunking import CHUNKER_NAME, CHUNKER_VERSION, chunk_text
from accessa.domain.normalise import join_pages

PREAMBLE = "A preamble before any heading.\n\n# Policy **handbook** #\n\nWhat it is.\n\n"
SMALL_SECTIONS = "## Small\n\nOne line.\n\n## Smaller\n\nTwo.\n"
PROSE = (
    "## Cover\n\n### Persons\n\nThe policy covers every person named in the schedule. It also covers children under "
    "the age of eighteen who live with them. Nobody else is covered, unless the schedule says so in plain words; see "
    "below.\n\n"
)
LIST = "- first item of the list\n- second item, which is longer than the first\n  - nested item\n1. numbered item\n"
TABLE = "| Part | Limit |\n|---|---|\n" + "".join(
    f"| {part} and all that belongs to it | {limit} |\n"
    for part, limit in [("Roof", "1,000"), ("Walls", "2,000"), ("Doors", "300"), ("Garden", "500"), ("Garage", "600")]
)
CODE = "\n```sh\n# no heading\necho one\necho two\n```\n"
JAPANESE = "Exclusions\n==========\n\n" + "本保険は、地震による損害を補償しません。津波も同様です。" * 10
WITHOUT_BLANKS = "\n\nTerms\n---\n\n" + "x" * 187 + "e\u0323\u0300" + "y" * 220
HEADINGS = "\n\n# Empty\n\n## Also empty\n"
PAGES = [PREAMBLE + SMALL_SECTIONS, PROSE + LIST, "", TABLE + CODE, JAPANESE + WITHOUT_BLANKS + HEADINGS]
PIECES = ["# ", "## ", "### ", "\n", "\n\n", "word ", "Sentence here. ", "- ", "1. ", "| a | b |\n", "```\n", "~~~\n"]
PIECES += [
    "=====\n",
    "---\n",
    "漢字。",
    "x" * 90,
    "\U0001f468\u200d",
    "e\u0316",
    "    ",
    "\t",
    "> ",
    "A longer one, with a comma! ",
]

EXPECTED: list[tuple[int, int, int, int, tuple[str, ...], str]] = [
    (0, 68, 1, 1, (),
     "3472cd7ca95df3e674c481a12354f19eaef77c7dd4fd878b45f2381c928c36fd"),
    (70, 107, 1, 1, ("Policy handbook", "Small"),
     "c54f0575adf0bbbaf7c4692e1028a3ea7ae4adbb0838ca288afaba5c30341a77"),
    (109, 255, 2, 2, ("Policy handbook", "Cover", "Persons"),
     "dfa996fe076e20d102ca33e8e307a6a59075cc6259cdbdcab1beeb3d564a3719"),
    (256, 439, 2, 2, ("Policy handbook", "Cover", "Persons"),
     "95faec98ff8ceac53b26ffac1dda48ed77f24f5df16bd558ae56e14c7f3f08d6"),
    (441, 599, 4, 4, ("Policy handbook", "Cover", "Persons"),
     "04e0c40a1e8ef367b853ad6c9c78eaca31256e10e24fc7fc66f5c43866d5314b"),
    (600, 729, 4, 4, ("Policy handbook", "Cover", "Persons"),
     "b35c93bc88e1a7d2ff19462bd4515a3b96fefe778fd9bd9cbc8e4279d8ba46a6"),
    (731, 922, 5, 5, ("Exclusions",),
     "4c912d0af5e15705119adb8434ce5e6e43a8134450837bec1c6f7b2c03bad673"),
    (922, 1034, 5, 5, ("Exclusions",),
     "14c6915c1d0cee7033e21e09e560be5f5f83b914f8d2669a3aa6d1ac463bda84"),
    (1036, 1234, 5, 5, ("Exclusions", "Terms"),
     "28de0e5b2846ca24c1b12b7e9f33bc6ef527f7310cbcf248fd39dcc17a85c937"),
    (1234, 1417, 5, 5, ("Exclusions", "Terms"),
     "4fd61ae11825ebe0e1b40b29a9c886bb1af78369d111d85bf6aa1ae09aa6629b"),
    (1417, 1457, 5, 5, ("Exclusions", "Terms"),
     "8c97df4100b89fc982f0517a51dd93929f4de176e26e87291ecb09fc9a1bb992"),
    (1459, 1481, 5, 5, ("Empty", "Also empty"),
     "3402cbd3538bec8a85893b55b180ed35e9909ff964f8a8f5b0f3afbffd02fc77"),
]  # fmt: skip


def generated(seed: int, count: int) -> Iterator[str]:
    """Yield `count` pieces of Markdown, always the same ones for a seed."""
    state = seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield PIECES[(state >> 33) % len(PIECES)]


def test_the_name_and_version_are_those_that_documents_carry() -> None:
    """The default of `upload_jobs.chunks_version` names this chunker."""
    assert "markdown-simple@1" == f"{CHUNKER_NAME}@{CHUNKER_VERSION}"


def test_a_known_text_gives_the_known_chunks() -> None:
    """Offsets, pages, headings and hashes of a small text are fixed for ever."""
    text, page_starts = join_pages(PAGES)
    chunks = chunk_text(text, page_starts, max_chars=200)
    assert EXPECTED == [(one.start, one.end, one.page, one.page_end, one.headings, one.sha256) for one in chunks]


def test_generated_texts_give_the_known_digest() -> None:
    """One digest over many texts and sizes of chunk holds what the small text does not reach."""
    digest = hashlib.sha256()
    for seed in range(200):
        text = "".join(generated(seed, 400))
        for max_chars in (50, 333, 1000, 2000):
            for chunk in chunk_text(text, (0, len(text) // 2), max_chars=max_chars):
                digest.update(f"{chunk!r}\n".encode())
    assert "ece56852207dd03b3112df3d782714c560b278039a596d4b108b695e90655b18" == digest.hexdigest()
