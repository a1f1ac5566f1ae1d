"""Search for texts within one edit of each other, by their single-character deletions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

SHORTEST = 4  # characters: in shorter texts one edit makes another word


class NearTexts:
    """Finds which of the given texts are at most one edit away from a text.

    Two texts that differ by one insertion, deletion or substitution share a form: the text itself or one with a
    character deleted (the neighbourhoods of SymSpell, Garbe 2012). One look-up per form replaces a comparison with
    every text.
    Texts shorter than 4 characters are near only to themselves.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(texts)
        self._by_form: dict[str, list[str]] = defaultdict(list)
        for text in sorted(self._texts):
            if len(text) >= SHORTEST:
                for form in {text, *_deletions(text)}:
                    self._by_form[form].append(text)

    def near(self, text: str) -> set[str]:
        """Return the given texts that equal `text` or are one insertion, deletion or substitution away."""
        found = {text} & self._texts
        if len(text) >= SHORTEST:
            for form in (text, *_deletions(text)):
                found.update(other for other in self._by_form.get(form, ()) if within_one_edit(text, other))
        return found


def within_one_edit(first: str, second: str) -> bool:
    """Whether at most one insertion, deletion or substitution turns one text into the other."""
    if len(first) > len(second):
        first, second = second, first
    if len(second) - len(first) > 1:
        return False
    start = next((place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), len(first))
    # After the first difference the rest must agree: behind a substituted or an inserted character.
    return first[start + (len(first) == len(second)) :] == second[start + 1 :]


def _deletions(text: str) -> list[str]:
    return [text[:place] + text[place + 1 :] for place in range(len(text))]
