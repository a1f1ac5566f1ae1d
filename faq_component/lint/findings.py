"""What a rule finds, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from faq_component.language import _
from faq_component.lint.places import Entry
from faq_component.lint.words import RULES, WORDS

_PLACE = "at"  # the fact that is a file and a line, in brackets
_ENDS = (".", "。", "?", "？")


@dataclass(frozen=True)
class Finding:
    """One fault that a rule believes to have found.

    Args:
        kind: which of the rule's sentences says it, a key of `WORDS`.
        topic: the title of the topic concerned.
        text: the post, response or title concerned.
        facts: what the sentences name.
        file: the file, where the knowledge base is in files.
        line: the line of the text, counted from 1.
    """

    kind: str
    topic: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    file: str | None = None
    line: int | None = None

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return WORDS[self.kind].rule

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return RULES[self.rule].severity

    @property
    def place(self) -> str:
        """File and line, as far as known."""
        return ":".join(str(part) for part in (self.file, self.line) if part is not None)

    @property
    def sentence(self) -> str:
        """What is wrong, in the language spoken."""
        return self._say(_(WORDS[self.kind].sentence))

    @property
    def remark(self) -> str:
        """What is wrong, as a sentence of its own for a reader who has no files: without places in them."""
        sentence = replace(self, facts=tuple((name, fact) for name, fact in self.facts if name != _PLACE)).sentence
        return sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith(_ENDS) else ".")

    @property
    def edit(self) -> str:
        """The suggested edit, in the language spoken."""
        return self._say(_(WORDS[self.kind].edit))

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is accepted by: rule, topic and text, white space as single spaces."""
        rule, topic, text = (" ".join(part.split()) for part in (self.rule, self.topic, self.text))
        return rule, topic, text

    def to_json(self) -> dict[str, Any]:
        """As JSON values, with the sentences in English whatever is spoken."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "file": self.file,
            "line": self.line,
            "topic": self.topic,
            "text": self.text,
            "sentence": self._say(WORDS[self.kind].sentence),
            "edit": self._say(WORDS[self.kind].edit),
        }

    def _say(self, template: str) -> str:
        return template.format(topic=self.topic, text=self.text, **{_PLACE: "", **dict(self.facts)})


def finding(kind: str, entry: Entry, text: str, line: int | None, **facts: str) -> Finding:
    """A finding in a topic."""
    return Finding(kind, entry.topic.title, text, tuple(facts.items()), entry.file, line)
