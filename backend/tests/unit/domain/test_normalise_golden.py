"""Golden normal texts: a text keeps its normal form, as chunks, their ids and what was paid for hang on it."""

from __future__ import annotations

import hashlib
import random

from accessa.domain.normalise import normalise_page

WORDS = ["a", "B", "12", "caf\u00e9", "漢字", "e\u0301", "http", "A sentence, with a comma. ", "x" * 90]
BLANKS = [" ", " ", "  ", "\t", "\n", "\n", "\n\n", "\n\n", "\n\n\n", "\n  ", "\n    ", "\r\n", "\u00a0", " \n", "\r"]
SIGNS = ["# ", "\n## ", "- ", "\n- ", "\n\n- ", "* ", "\n* ", "+ ", "• ", "\n1. ", "> ", "| ", "---", "* * *", "===\n"]
CODE = ["`", "``", "```", "~~~", "```py\n", "\n```\n", "\n~~~~\n", "\n  ```\n", "```\n\n", "\n\n    code\n"]
LINKS = [
    "[",
    "]",
    "(",
    "![",
    "](",
    "][",
    "<",
    "<http://y>",
    "[a](u)",
    "[](u)",
    "[a]",
    "\n[a]: http://x\n",
    "[[a](u)](u)",
]
OTHERS = ["\x00", "\u200b", "\ufeff", "\u00ad", "\x85", "\u0301" * 40, "\u0338", "=", "\u1fef", "\u2013", "ß"]
DIGEST = "f12491a3cfc5dff3044e648f64cbbf086fb9fec03f398007d14034f78f796087"


def test_generated_texts_give_the_known_digest() -> None:
    """One digest over a thousand texts of all sorts: plain, with lists, with code, with links and with odd signs."""
    source = random.Random(17)
    digest = hashlib.sha256()
    for _ in range(1000):
        kinds = [WORDS, BLANKS, *source.sample([SIGNS, CODE, LINKS, OTHERS], source.randrange(5))]
        text = "".join(source.choice(source.choice(kinds)) for _ in range(source.choice((5, 20, 80))))
        normal = normalise_page(text)
        digest.update(f"{normal.text!r} {normal.removed_characters}\n".encode())
    assert DIGEST == digest.hexdigest()
