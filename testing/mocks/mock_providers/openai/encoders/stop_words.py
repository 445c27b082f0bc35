"""Very common English words, which say little about what a text is about."""

from __future__ import annotations

_WORDS = """
a about after all also an and any are as at be because been before being but by can could did do does each for
from had has have he her here him his how i if in into is it its may me more most my no nor not of on only or
other our out over s shall she should so some such t than that the their them then there these they this those
through to under up upon was we were what when where which while who will with within would you your
"""

STOP_WORDS = frozenset(_WORDS.split())
