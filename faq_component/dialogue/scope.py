"""A scope: the tags that limit which topics a message may find, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faq_component.errors import ScopeError
from faq_component.language import _
from faq_component.text import normalize

MOST = 100  # tags of a scope
LONGEST = 1_000  # characters of a tag
_LONGEST_NAME = 100  # characters
NO_SCOPE = False  # what stands in place of a malformed value, however long: `Scope.of` refuses it, too
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORM = "{slot: shop}, {metadata: shop}, {channel: {socketio: shop_a}}"


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

    @property
    def name(self) -> str:
        """The tags as one text for the log, such as ``shop_a, vip``; groups are joined by ``+``."""
        return " + ".join(", ".join(group) for group in self.groups)[:_LONGEST_NAME]

    def to_json(self) -> list[list[str]]:
        """Convert to JSON values, which `of` reads."""
        return [list(group) for group in self.groups]


def scope_of(
    source: Mapping[str, Any] | None,
    *,
    slots: Mapping[str, Any],
    metadata: Mapping[str, Any],
    channel: str | None,
) -> Scope | None:
    """Return the scope of a message by the setting `scope`; None where the sources name no tag.

    Of several sources all hold.

    Raises:
        ScopeError: a slot or the metadata hold something that is no scope.
    """
    if not source:
        return None
    values = [slots.get(source.get("slot", "")), metadata.get(source.get("metadata", ""))]
    values.append(source.get("channel", {}).get(channel))
    scope: Scope | None = None
    for found in map(Scope.of, values):
        scope = found.and_also(scope) if found else scope
    return scope


def source_fault(source: Mapping[str, Any]) -> str | None:
    """Describe what is wrong with the setting `scope`, or return None."""
    if not source or not source.keys() <= {"slot", "metadata", "channel"}:
        return _("must name slot, metadata or channel, such as {form}; correct it").format(form=_FORM)
    for key in ("slot", "metadata"):
        if key in source and not (isinstance(source[key], str) and source[key]):
            return _("must name the {key} that holds the tags, such as {form}; correct it").format(key=key, form=_FORM)
    channels = source.get("channel", {})
    if not isinstance(channels, Mapping):
        return _("must give tags to the names of channels, such as {form}; correct it").format(form=_FORM)
    for name, tags in channels.items():
        try:
            Scope.of(tags)
        except ScopeError as error:
            return f"({name}): {error}"
    return None


def _is_tag(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and not _SURROGATE.search(value)


def _wrong_form() -> ScopeError:
    return ScopeError(
        _('the scope is neither a tag, nor a list of tags such as ["a", "b"], nor a list of such lists; correct it')
    )
