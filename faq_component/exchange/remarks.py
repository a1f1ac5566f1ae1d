"""What became of rows and cells: counted by kind, with examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from faq_component.language import N_

EXAMPLES = 2


class Did(Enum):
    """What was done with a row or a cell; the value says it for the summary."""

    MERGED = N_("questions with the same answer made one topic")
    NUMBERED = N_("rows of the same number made one topic")
    SPLIT = N_("cells divided into several texts")
    APART = N_("rows kept apart, although they share a title or a question")
    SEVERAL = N_("questions with several answers, of which the bot draws one at random")
    CONTINUED = N_("rows taken as part of the topic above")
    LINKED = N_("links kept, behind the text of their cell")
    CONVERTED = N_("texts with HTML, written out as plain text")
    UNESCAPED = N_("texts with \\n, written as line breaks")
    ILLUSTRATED = N_("images kept as images of their answer")
    LEFT_OUT = N_("rows and texts left out")


@dataclass
class Remarks:
    """How often each thing was done, and examples of it."""

    counts: dict[Did, int] = field(default_factory=dict)
    examples: dict[Did, list[str]] = field(default_factory=dict)

    def add(self, did: Did, example: str, count: int = 1) -> None:
        """Count what was done; `example` is a sentence with its place."""
        self.counts[did] = self.counts.get(did, 0) + count
        self.examples.setdefault(did, []).append(example)
