"""Text for the drill's documents: seeded sentences, and in each paragraph a mark that stands nowhere else."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_WORDS = """
account agreement amount annual assessor balance benefit border bridge broken building cabin carrier ceiling claim
client coast collision condition contract cottage cover damage dealer debris deduction delay deposit driver drought
engine entry event excess expense export factory farmer fence filter fire flood floor forest freight frost garage
garden glass grain harbour harvest heating holder hospital import injury insurer invoice ladder lawyer leakage
letter limit liquid locker luggage machine marine market material measure meter mountain notice office orchard owner
parcel passenger payment period person pipe policy pollution pond premium price product proof property pump quarry
railway receipt record repair report reserve river roof safety sailor season section sensor server shelter signal
station storm street student supplier surveyor tenant theft timber tower tractor trailer traveller tunnel valley
vehicle vessel village visitor warehouse water weather welder window winter witness workshop
""".split()  # noqa: SIM905 - a list of words reads best as one
_VERBS = "covers excludes limits names needs pays records reduces repairs replaces reports requires restores".split()  # noqa: SIM905
_FEWEST_SENTENCES, _MOST_SENTENCES = 2, 6
_SECTION_OF = 7
MARK = re.compile(r"\bk[0-9a-f]{6}p\d{5}\b")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, which begins with its `mark`; `heading` stands above it, or is empty."""

    mark: str
    text: str
    heading: str = ""

    @property
    def opening(self) -> str:
        """The first sentence: words to search it by."""
        return self.text.partition(".")[0]


def write_paragraphs(seed: str, characters: int) -> list[Paragraph]:
    """Return paragraphs of about `characters` in all; the same `seed` gives the same ones, another one others."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    name = f"k{dice.getrandbits(24):06x}"
    paragraphs: list[Paragraph] = []
    written = 0
    while written < characters or not paragraphs:
        paragraphs.append(_paragraph(dice, name, len(paragraphs)))
        written += len(paragraphs[-1].text)
    return paragraphs


def _paragraph(dice: random.Random, name: str, place: int) -> Paragraph:
    mark = f"{name}p{place:05d}"
    sentences = [_sentence(dice) for _ in range(dice.randint(_FEWEST_SENTENCES, _MOST_SENTENCES))]
    first = f"Clause {mark} {sentences[0][0].lower()}{sentences[0][1:]}"
    heading = "" if place % _SECTION_OF else f"{dice.choice(_WORDS)} and {dice.choice(_WORDS)}".capitalize()
    return Paragraph(mark, " ".join([first, *sentences[1:]]), heading)


def _sentence(dice: random.Random) -> str:
    words = [dice.choice(_WORDS) for _ in range(dice.randint(4, 11))]
    words.insert(len(words) // 2, dice.choice(_VERBS))
    return f"{' '.join(words).capitalize()}."
