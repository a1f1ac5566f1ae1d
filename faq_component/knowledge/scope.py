"""A scope: the tags that limit which topics a question may find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faq_component.errors import ScopeError
from faq_component.knowledge.bounds import TITLE
from faq_component.knowledge.topics import Faq
from faq_component.language import _, listed
from faq_component.text import normalize

MOST = 100  # tags of a scope
_KEPT = 256  # scopes of a version of the knowledge base
_SHOWN = 10  # tags of a knowledge base in a message


@dataclass(frozen=True)
class Scope:
    """Groups of tags: a topic is in the scope where it has at least one tag of each group.

    Tags are compared without case and width. A topic without tags is in no scope.
    """

    groups: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, value: Any) -> Scope | None:
        """Read a scope: a tag, a list of tags (any of them), or a list of such lists (one of each).

        Returns:
            The scope; None where the value is None or empty, which limits nothing.

        Raises:
            ScopeError: the value has another form.
        """
        if isinstance(value, Scope) or value is None:
            return value
        if isinstance(value, str):
            value = [value] if normalize(value) else []
        if not isinstance(value, list | tuple):
            raise _wrong_form()
        nested = any(not isinstance(item, str) for item in value)
        groups = [[item] if isinstance(item, str) else item for item in value] if nested else [value]
        if not all(isinstance(group, list | tuple) and all(map(_is_tag, group)) for group in groups):
            raise _wrong_form()
        if sum(map(len, groups)) > MOST:
            raise ScopeError(_("the scope has more than {most} tags; name fewer").format(most=MOST))
        read = tuple(tuple(dict.fromkeys(map(normalize, group))) for group in groups if group)
        return cls(read) if read else None

    def and_also(self, other: Scope | None) -> Scope:
        """The scope of the topics that are in both."""
        return self if other is None else Scope((*self.groups, *other.groups))

    def topics(self, faq: Faq) -> frozenset[str]:
        """Ids of the topics in the scope.

        Raises:
            ScopeError: no topic has one of the tags.
        """
        known = faq.scopes.get(self.groups)
        if known is None:
            if len(faq.scopes) >= _KEPT:
                faq.scopes.clear()
            known = faq.scopes[self.groups] = self._topics(faq)
        return known

    def _topics(self, faq: Faq) -> frozenset[str]:
        by_tag = faq.by_tag
        for tag in (tag for group in self.groups for tag in group if tag not in by_tag):
            shown = listed(sorted(by_tag)[:_SHOWN]) or _("none")
            more = len(by_tag) - _SHOWN
            if more > 0:
                shown = _("{names} and {count} more").format(names=shown, count=more)
            raise ScopeError(_("no topic has the tag '{tag}'; the tags are: {tags}").format(tag=tag[:50], tags=shown))
        sets = [frozenset[str]().union(*(by_tag[tag] for tag in group)) for group in self.groups]
        return frozenset.intersection(*sets)

    def to_json(self) -> list[list[str]]:
        """Convert to JSON values, which `of` reads."""
        return [list(group) for group in self.groups]


def _is_tag(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= TITLE and bool(normalize(value))


def _wrong_form() -> ScopeError:
    return ScopeError(
        _('the scope is neither a tag, nor a list of tags such as ["a", "b"], nor a list of such lists; correct it')
    )
