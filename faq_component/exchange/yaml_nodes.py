"""YAML 1.2 as Rasa reads it, with the line of every value; aliases are refused, as a few can stand for millions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from faq_component.language import _
from faq_component.yaml_text import BoundedLoader

_CORE = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", "~nN"),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "tag:yaml.org,2002:int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    "tag:yaml.org,2002:float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
}


class _Loader(BoundedLoader):
    """Without YAML 1.1's yes, no, dates and base 60: a response 'yes' is a text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (as the base class has it)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.get_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None,
                None,
                _("the alias *{name} is not read; write out what it stands for").format(name=event.anchor),
                event.start_mark,
            )
        return super().compose_node(parent, index)


for _tag, (_pattern, _first) in _CORE.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), [*_first, ""] if "null" in _tag else [*_first])


def _int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


_Loader.add_constructor("tag:yaml.org,2002:int", _int)


def compose(text: str) -> yaml.Node | None:
    """The tree of a document; raises `yaml.YAMLError`, also for what is nested deeper than `DEEPEST`."""
    return yaml.compose(text, Loader=_Loader)


def line_of(node: yaml.Node) -> int:
    """The line at which a value begins, from 1."""
    return int(node.start_mark.line) + 1


def value_of(node: yaml.Node) -> Any:
    """The whole value; raises `yaml.YAMLError` for tags of other programs."""
    return _Loader("").construct_document(node)


def text_of(node: yaml.Node | None) -> str | None:
    """A text as it is written, numbers included; None where the value is something else, or null."""
    return node.value if isinstance(node, yaml.ScalarNode) and not _is_null(node) else None


def _is_null(node: yaml.Node) -> bool:
    return str(node.tag).endswith(":null")


def pairs(node: yaml.Node | None, fault: Callable[[yaml.Node, str], None]) -> Iterator[tuple[str, yaml.Node]]:
    """The keys and values of a mapping; a repeated key is told to `fault`, and so is what is no mapping."""
    if not isinstance(node, yaml.MappingNode):
        if node is not None and not _is_null(node):
            fault(node, _("is not a mapping; write `key: value`"))
        return
    seen = set()
    for key_node, value in node.value:
        key = text_of(key_node)
        if key is None or key in seen:
            fault(key_node, _("key '{key}' appears twice; join the two").format(key=key) if key else _("is not a key"))
            continue
        seen.add(key)
        yield key, value


def items(node: yaml.Node | None, fault: Callable[[yaml.Node, str], None]) -> list[yaml.Node]:
    """The items of a sequence; what is none is told to `fault`."""
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if node is not None and not _is_null(node):
        fault(node, _("is not a list; write `- ...`"))
    return []
