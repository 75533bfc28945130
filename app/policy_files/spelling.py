"""What somebody meant who wrote a word that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is nearest, without regard to case; None if none is near."""
    words = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), words, n=1)
    return words[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The part of a sentence that proposes the nearest word; empty if none is near."""
    near = closest(word, known)
    return f", did you mean {near!r}?" if near else ""
