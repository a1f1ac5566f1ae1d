"""YAML in files that people edit: read in time and memory that grow with the file.

An alias stands for another value, which may hold aliases itself: 400 bytes can stand for millions of values, and
whoever walks through them, or names them in a message, needs minutes. They are counted before they are made.

For each token PyYAML looks through all levels that are open, so that 2 KB of brackets take seconds. Levels are bounded.
"""

from __future__ import annotations

from typing import Any

import yaml

from faq_component.language import _

MOST_BY_ALIASES = 10_000  # values
DEEPEST = 64  # lists and mappings inside one another
MOST_DIGITS = 1_000  # of a number; Python writes none of more than 4,300, and reads those to base 60 in quadratic time
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class BoundedLoader(yaml.SafeLoader):
    """PyYAML's loader, with bounds on levels and digits; a value that its tag does not fit is a `yaml.YAMLError`."""

    def fetch_flow_collection_start(self, token_class: Any) -> None:
        """Begin a list or mapping in brackets."""
        super().fetch_flow_collection_start(token_class)
        self._require_level()

    def add_indent(self, column: int) -> bool:
        """Begin a list or mapping that is indented, where the column says so."""
        is_deeper = bool(super().add_indent(column))
        if is_deeper:
            self._require_level()
        return is_deeper

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Make a value, but no number of more than `MOST_DIGITS` digits."""
        if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and len(node.value) > MOST_DIGITS:
            message = _("a number has more than {most:,} digits; write it in quotation marks").format(most=MOST_DIGITS)
            raise yaml.constructor.ConstructorError(None, None, message, node.start_mark)
        return super().construct_object(node, deep)

    def construct_document(self, node: yaml.Node) -> Any:
        """Make the value of a document; a tag such as ``!!int`` on what is none is a fault like any other."""
        try:
            return super().construct_document(node)
        except (KeyError, IndexError, AttributeError, TypeError) as error:
            message = _("a value is not what its tag says; write it without `!!`")
            raise yaml.constructor.ConstructorError(None, None, message, node.start_mark) from error

    def _require_level(self) -> None:
        if self.flow_level + len(self.indents) > DEEPEST:
            raise yaml.scanner.ScannerError(None, None, _nested_too_deeply(), self.get_mark())


def _nested_too_deeply() -> str:
    return _("it is nested more than {most} deep; write it with fewer levels").format(most=DEEPEST)


def load_yaml(text: str) -> Any:
    """Return the value of a YAML document, as `yaml.safe_load` does.

    Raises:
        yaml.YAMLError: it is not YAML, is nested deeper than `DEEPEST`, has a number with thousands of digits, or its
            aliases stand for more than `MOST_BY_ALIASES` values.
    """
    loader = BoundedLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        known: dict[int, int | None] = {}
        values = _values(node, known)
        if values is None or values - len(known) > MOST_BY_ALIASES:
            raise yaml.YAMLError(
                _("its aliases stand for more than {most:,} values; write out what they stand for").format(
                    most=MOST_BY_ALIASES
                )
            )
        return loader.construct_document(node)
    except RecursionError as error:  # aliases of aliases
        raise yaml.YAMLError(_nested_too_deeply()) from error
    except (ValueError, OverflowError) as error:
        raise yaml.YAMLError(str(error)) from error
    finally:
        loader.dispose()


def _values(node: yaml.Node, known: dict[int, int | None]) -> int | None:
    """Count the values of a node with those that aliases stand for; None where it stands for itself.

    Args:
        node: of the tree, in which an alias is the node that it stands for.
        known: the counts of nodes, by `id`; None of those that are being counted.
    """
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = None
    count = 1
    if isinstance(node, yaml.CollectionNode):
        for child in node.value:
            for part in child if isinstance(child, tuple) else (child,):
                values = _values(part, known)
                if values is None:
                    return None
                count += values
    known[id(node)] = count
    return count
