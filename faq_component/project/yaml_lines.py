"""Edits of YAML files by whole lines: comments, order, quotes and blank lines of all others stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from faq_component.errors import FaqError
from faq_component.language import _
from faq_component.yaml_text import BoundedLoader, load_yaml


class NotUnderstoodError(FaqError):
    """A file has a form that is not edited; the message says what to write there by hand."""


class YamlLines:
    """The lines of a YAML file whose top level is a mapping, and their content.

    Args:
        name: the file, for messages.
        text: its content.

    Raises:
        NotUnderstoodError: it is not YAML, or its top level is something else.
    """

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self.text = text if text.endswith("\n") or not text else text + "\n"
        self._parse()

    def _parse(self) -> None:
        try:
            content = load_yaml(self.text)
            node = yaml.compose(self.text, Loader=BoundedLoader)
        except yaml.YAMLError as error:
            raise NotUnderstoodError(
                _("{file} is not YAML: {reason}").format(file=self._name, reason=" ".join(str(error).split()))
            ) from error
        if node is not None and not (isinstance(node, yaml.MappingNode) and not node.flow_style):
            raise self._not_understood(_("its top level is no block of names with values"))
        self._node = node
        self.content: dict[str, Any] = content or {}

    def add_section(self, key: str, lines: Sequence[str], before: str | None = None) -> None:
        """Add a key that is missing, before another key with its comments, or at the end.

        Args:
            key: the new key.
            lines: of its value, as they are to stand under it.
            before: the other key.
        """
        place = len(self.text.splitlines())
        found = self._pair(before) if before else None
        if found:
            place = self._above_comments(found[0].start_mark.line)
        gap = [""] if place and self.text.splitlines()[place - 1].strip() else []
        self._insert(place, [*gap, f"{key}:", *lines, *([""] if found else [])], {key: load_yaml("\n".join(lines))})

    def fill_section(self, key: str, lines: Sequence[str]) -> None:
        """Give a key without a value a value, in lines right under it."""
        pair = self._pair(key)
        if pair is None or self.content.get(key) is not None:
            raise self._not_understood(_("'{key}' has a value").format(key=key))
        self._insert(pair[0].start_mark.line + 1, lines, {key: load_yaml("\n".join(lines))})

    def insert_item(self, key: str, place: int, lines: Sequence[str]) -> None:
        """Insert an item into the list of a key: before the item at `place`, or behind the last one.

        Args:
            key: of the list.
            place: of the new item.
            lines: of the item, without indentation; the first begins with ``- ``.

        Raises:
            NotUnderstoodError: the list is not written with a line for each item.
        """
        pair = self._pair(key)
        items = pair[1] if pair else None
        if not isinstance(items, yaml.SequenceNode) or items.flow_style or not items.value:
            raise self._not_understood(_("'{key}' is no list with a line for each item").format(key=key))
        indent = " " * items.start_mark.column
        if place < len(items.value):
            line = self._above_comments(items.value[place].start_mark.line)
        else:
            line = _last_line(items.value[-1]) + 1
        expected = list(self.content[key])
        expected.insert(place, load_yaml("\n".join(lines))[0])
        self._insert(line, [indent + text for text in lines], {key: expected})

    def replace_scalar(self, key: str, place: int, name: str, value: str) -> None:
        """Replace the value of `name` in the item at `place` of the list of a key."""
        pair = self._pair(key)
        items = pair[1].value if pair and isinstance(pair[1], yaml.SequenceNode) else []
        item = items[place] if place < len(items) else None
        for inner, node in item.value if isinstance(item, yaml.MappingNode) else []:
            if inner.value == name and isinstance(node, yaml.ScalarNode):
                expected = [dict(each) if isinstance(each, dict) else each for each in self.content[key]]
                expected[place][name] = value
                new = self.text[: node.start_mark.index] + value + self.text[node.end_mark.index :]
                self._take(new, {key: expected})
                return
        raise self._not_understood(_("'{key}' is no list with a line for each item").format(key=key))

    def set_scalar(self, key: str, place: int, name: str, value: str) -> None:
        """Set `name` in the item at `place` of the list of a key: replace its value, or add a line for it.

        Raises:
            NotUnderstoodError: the item is not written with a line for each name.
        """
        pair = self._pair(key)
        items = pair[1].value if pair and isinstance(pair[1], yaml.SequenceNode) else []
        item = items[place] if place < len(items) else None
        if not isinstance(item, yaml.MappingNode) or item.flow_style:
            raise self._not_understood(_("'{key}' is no list with a line for each item").format(key=key))
        expected = [dict(each) if isinstance(each, dict) else each for each in self.content[key]]
        expected[place][name] = load_yaml(value)
        for inner, node in item.value:
            if inner.value == name:
                if not isinstance(node, yaml.ScalarNode) or not node.end_mark.index - node.start_mark.index:
                    raise self._not_understood(_("'{key}' has a value").format(key=name))
                new = self.text[: node.start_mark.index] + value + self.text[node.end_mark.index :]
                self._take(new, {key: expected})
                return
        first = item.value[0][0]
        line = f"{' ' * first.start_mark.column}{name}: {value}"
        self._insert(_last_line(item.value[-1][1]) + 1, [line], {key: expected})

    def _pair(self, key: str) -> tuple[yaml.Node, yaml.Node] | None:
        pairs = self._node.value if self._node is not None else []
        return next(((name, value) for name, value in pairs if name.value == key), None)

    def _above_comments(self, line: int) -> int:
        """The first line of the comments right above a line, which belong to it."""
        lines = self.text.splitlines()
        while line and lines[line - 1].lstrip().startswith("#"):
            line -= 1
        return line

    def _insert(self, place: int, added: Sequence[str], expected: dict[str, Any]) -> None:
        lines = self.text.splitlines()
        self._take("\n".join([*lines[:place], *added, *lines[place:]]) + "\n", expected)

    def _take(self, text: str, expected: dict[str, Any]) -> None:
        """Take a new text in, whose content must be the old one with what is expected."""
        wanted = {**self.content, **expected}
        before, self.text = self.text, text
        self._parse()
        if self.content != wanted:
            self.text = before
            self._parse()
            raise self._not_understood(_("a line added there would change other values"))

    def _not_understood(self, reason: str) -> NotUnderstoodError:
        return NotUnderstoodError(_("{file} is not edited: {reason}").format(file=self._name, reason=reason))


def _last_line(node: yaml.Node) -> int:
    """The last line of a node, without the comments and blank lines behind it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    end: yaml.Mark = node.end_mark
    is_block_text = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return int(end.line) - (1 if is_block_text else 0)
