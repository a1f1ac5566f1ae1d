import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.knowledge.json_source import DEEPEST, Pairs, Source, pairs_of, parse

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a[]{},:"\\长'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='a[]{},:"\\'), inner),
    max_leaves=12,
)


@given(values)
def test_every_value_is_found_on_its_line(content: Any) -> None:
    """The oracle writes each value on a line of its own, and its path."""
    lines: list[str] = []
    wanted: list[tuple[tuple[int, ...], int]] = []

    def write(value: Any, path: tuple[int, ...], key: str = "") -> None:
        lines.append(key)
        wanted.append((path, len(lines)))
        if not isinstance(value, dict | list):
            lines[-1] += json.dumps(value)
            return
        lines[-1] += "{" if isinstance(value, dict) else "["
        items = list(value.items()) if isinstance(value, dict) else [(None, item) for item in value]
        for position, (name, item) in enumerate(items):
            write(item, (*path, position), "" if name is None else json.dumps(name) + " : ")
            lines[-1] += " ," if position < len(items) - 1 else ""
        lines.append("}" if isinstance(value, dict) else "]")

    write(content, ())
    source = Source("\n".join(lines))
    assert [source.line_of(path) for path, _line in wanted] == [line for _path, line in wanted]


@given(values)
def test_a_value_has_the_form_of_a_parsed_text(content: Any) -> None:
    assert pairs_of(content) == parse(json.dumps(content))


@pytest.mark.parametrize("depth", [DEEPEST + 1, 5_000])
def test_the_line_of_what_is_nested_too_deeply(depth: int) -> None:
    source = Source('{"[[": [\n"]"],\n"a": ' + "\n".join("[" * depth) + "]" * depth + "}")
    assert source.line_deeper_than(DEEPEST) == 3 + DEEPEST - 1
    assert isinstance(parse(source.text), Pairs) if depth < 100 else True


def test_an_integer_of_thousands_of_digits_is_infinite() -> None:
    assert parse('{"a": ' + "9" * 100_000 + "}") == [("a", float("inf"))]
