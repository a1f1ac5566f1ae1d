"""The optional keys of a topic as far as a file gives them, to be joined with those of other rows and versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import Options, Validity

SINGLE = ("enabled", "valid", "recommend", "handoff")  # keys with a single value; None where the file gives none
LISTS = ("tags", "related", "follow", "negatives")


@dataclass(kw_only=True)
class Said:
    """The optional keys that a file gives; see `Options`.

    Names of topics in `related` and `follow` may be ids, titles or posts until `merge` resolves them. `given` are the
    lists that the file has a place for: one of them that is empty is meant to be.
    """

    tags: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    follow: list[Follow] = field(default_factory=list)
    negatives: list[str] = field(default_factory=list)
    enabled: bool | None = None
    valid: Validity | None = None
    recommend: bool | None = None
    handoff: bool | None = None
    given: set[str] = field(default_factory=set)

    @property
    def options(self) -> Options:
        """The keys as they stand in the file."""
        return self.options_over(Options())

    @property
    def state(self) -> tuple[Any, ...]:
        """What rows of one topic must have in common, besides the answer."""
        return (*(tuple(getattr(self, key)) for key in LISTS), *(getattr(self, key) for key in SINGLE))

    def take_lists(self, other: Said) -> None:
        """Add what the lists of another row of the same topic have beyond these."""
        for key in LISTS:
            own = getattr(self, key)
            own += [item for item in getattr(other, key) if item not in own]
        self.given |= other.given

    def say(self, options: Options, *, every: bool = False) -> None:
        """Take the keys of a topic; unless the file gives `every` key, a default counts as not given."""
        default = Options()
        if every:
            self.given.update(LISTS)
        for key in LISTS:
            getattr(self, key).extend(getattr(options, key))
        for key in SINGLE:
            if every or getattr(options, key) != getattr(default, key):
                setattr(self, key, getattr(options, key))

    def options_over(self, before: Options, *, add: bool = False) -> Options:
        """The keys that the file gives, and the others as they were; with `add` a list keeps what it had."""
        values: dict[str, Any] = {}
        for key in LISTS:
            had, given = getattr(before, key), getattr(self, key)
            if add:
                values[key] = _joined_follow(had, given) if key == "follow" else tuple(dict.fromkeys((*had, *given)))
            else:
                values[key] = tuple(given) if given or key in self.given else had
        for key in SINGLE:
            given = getattr(self, key)
            values[key] = getattr(before, key) if given is None else given
        return Options(**values)


def _joined_follow(had: Sequence[Follow], given: Sequence[Follow]) -> tuple[Follow, ...]:
    """One button for each topic; a title of the file comes before the one that the button had."""
    found = {follow.topic: follow for follow in had}
    for follow in given:
        if follow.title or follow.topic not in found:
            found[follow.topic] = follow
    return tuple(found.values())
