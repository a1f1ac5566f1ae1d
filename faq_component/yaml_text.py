"""YAML in files that people edit: read in time and memory that grow with the file.

An alias stands for another value, which may hold aliases itself: 400 bytes can stand for millions of values, and
whoever walks through them, or names them in a message, needs minutes. They are counted before they are made.
"""

from __future__ import annotations

from typing import Any

import yaml

from faq_component.language import _

MOST_BY_ALIASES = 10_000  # values


def load_yaml(text: str) -> Any:
    """Return the value of a YAML document, as `yaml.safe_load` does.

    Raises:
        yaml.YAMLError: it is not YAML, is nested too deeply, has a number with thousands of digits, or its aliases
            stand for more than `MOST_BY_ALIASES` values.
    """
    loader = yaml.SafeLoader(text)
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
    except RecursionError as error:
        raise yaml.YAMLError(_("it is nested too deeply; write it with fewer levels")) from error
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
