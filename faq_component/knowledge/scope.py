"""The topics of a scope."""

from __future__ import annotations

from faq_component.dialogue.scope import Scope
from faq_component.errors import ScopeError
from faq_component.knowledge.topics import Faq
from faq_component.language import _, listed

_KEPT = 256  # scopes of a version of the knowledge base
_SHOWN = 10  # tags of a knowledge base in a message


def topics_in(scope: Scope, faq: Faq) -> frozenset[str]:
    """Return the ids of the topics in a scope, the same object for the same scope.

    Raises:
        ScopeError: no topic has one of the tags.
    """
    known = faq.scopes.get(scope.groups)
    if known is None:
        if len(faq.scopes) >= _KEPT:
            faq.scopes.clear()
        known = faq.scopes[scope.groups] = _topics_in(scope, faq)
    return known


def _topics_in(scope: Scope, faq: Faq) -> frozenset[str]:
    by_tag = faq.by_tag
    for tag in (tag for group in scope.groups for tag in group if tag not in by_tag):
        shown = listed(sorted(by_tag)[:_SHOWN]) or _("none")
        more = len(by_tag) - _SHOWN
        if more > 0:
            shown = _("{names} and {count} more").format(names=shown, count=more)
        raise ScopeError(_("no topic has the tag '{tag}'; the tags are: {tags}").format(tag=tag[:50], tags=shown))
    sets = [frozenset[str]().union(*(by_tag[tag] for tag in group)) for group in scope.groups]
    return frozenset.intersection(*sets)
