"""The four roles, and which of them a page needs."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from flask import current_app, g
from werkzeug.exceptions import Forbidden

from faq_component.language import _

READING = frozenset(("GET", "HEAD", "OPTIONS"))

_View = TypeVar("_View", bound=Callable[..., Any])


class Role(enum.IntEnum):
    """What a person may do; each role may do all that the ones before it may.

    A reader sees and tries everything, an editor edits, a publisher puts edits live, an administrator sees to accounts.
    """

    READER = 1
    EDITOR = 2
    PUBLISHER = 3
    ADMINISTRATOR = 4

    @property
    def title(self) -> str:
        """The name that people read."""
        names = {
            Role.READER: _("reader"),
            Role.EDITOR: _("editor"),
            Role.PUBLISHER: _("publisher"),
            Role.ADMINISTRATOR: _("administrator"),
        }
        return names[self]


def role_of(name: str) -> Role | None:
    """Return the role of a name such as `editor`, None where there is no such role."""
    return Role.__members__.get(name.upper())


class RoleError(Forbidden):
    """A person's role does not suffice.

    Args:
        role: what the person has.
        needed: what it takes.
    """

    def __init__(self, role: Role, needed: Role) -> None:
        sentence = _("This takes the role “{needed}”; yours is “{role}”. An administrator can change that.")
        super().__init__(sentence.format(needed=needed.title, role=role.title))
        self.needed = needed


def needs(role: Role) -> Callable[[_View], _View]:
    """Mark a view as one for people of a role and the roles above it, whatever the method of the request.

    Without a mark, reading methods need a reader and all others an editor.
    """

    def mark(view: _View) -> _View:
        view.__dict__["needed_role"] = role
        return view

    return mark


def open_to_all(view: _View) -> _View:
    """Mark a view as one that needs no session, such as the page to sign in; what is posted to it must come from it."""
    view.__dict__["open_to_all"] = True
    return view


def is_open(view: Callable[..., Any] | None) -> bool:
    """Whether a view needs no session."""
    return bool(getattr(view, "open_to_all", False))


def needed_role(view: Callable[..., Any] | None, methods: Collection[str]) -> Role:
    """Return the role that a request with one of the methods needs to reach a view."""
    default = Role.READER if READING.issuperset(methods) else Role.EDITOR
    marked: Role = getattr(view, "needed_role", default)
    return marked


def may(endpoint: str) -> bool:
    """Whether the person of this request may use an endpoint, as templates ask it: with all of its methods."""
    methods = {method for rule in current_app.url_map.iter_rules(endpoint) for method in rule.methods or ()}
    role: Role | None = g.get("role")
    return role is not None and role >= needed_role(current_app.view_functions[endpoint], methods)
