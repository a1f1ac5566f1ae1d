"""Count the steps of a regular expression: a backtracking matcher as Python's, over Python's parse of the pattern."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

if sys.version_info >= (3, 11):  # the modules of before warn there
    from re import _constants as op
    from re import _parser as sre_parse
else:
    import sre_constants as op
    import sre_parse

Then = Callable[[int], "int | None"]
Groups = dict[int, tuple[int, int]]

_CLASSES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s", op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
_SINGLE = frozenset((op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN))


class TooManyStepsError(Exception):
    """An expression has taken more steps than it may."""


class Matcher:
    """Match one pattern, and count: each look at a character, and each continuation that is tried, is a step."""

    def __init__(self, pattern: re.Pattern[str], most: int = 600_000) -> None:
        self.steps, self.most = 0, most
        self._flags = pattern.flags
        self._tree = _parsed(pattern)
        self._text = ""
        self._groups: Groups = {}
        self._fitting: dict[tuple[int, str], bool] = {}  # whether a node takes a character

    def match(self, text: str, start: int = 0) -> int | None:
        """Return the end of the match that begins at `start`."""
        self._text, self._groups = text, {}
        return self._run(self._tree, 0, start, lambda end: end)

    def all(self, text: str) -> list[tuple[int, int]]:
        """Return what `re.finditer` finds."""
        found, start = [], 0
        while start <= len(text):
            end = self.match(text, start)
            if end is not None:
                found.append((start, end))
            start = start + 1 if end is None or end == start else end
        return found

    def count(self, text: str, searches: bool) -> int:
        """Return the steps that one match, or all matches in a text, take; no more than may be taken."""
        self.steps = 0
        try:
            self.all(text) if searches else self.match(text)
        except TooManyStepsError:
            return self.most
        return self.steps

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self.most:
            raise TooManyStepsError

    def _is(self, node: Any, at: int) -> bool:
        """Whether the character at a place fits a node that takes a single one."""
        self.steps += 1
        if self.steps > self.most:
            raise TooManyStepsError
        if at >= len(self._text):
            return False
        char = self._text[at]
        known = self._fitting.get((id(node), char))
        if known is None:
            flags = self._flags & (re.IGNORECASE | re.DOTALL | re.ASCII)
            known = self._fitting[id(node), char] = re.compile(_source(node), flags).match(char) is not None
        return known

    def _run(self, nodes: list[Any], index: int, at: int, then: Then) -> int | None:  # noqa: C901 -- a case for each code
        while index < len(nodes) and nodes[index][0] in _SINGLE:
            if not self._is(nodes[index], at):
                return None
            index, at = index + 1, at + 1
        if index == len(nodes):
            return then(at)
        code, value = nodes[index]
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, body = value
            return self._repeat(
                body.data, low, high, code is op.MAX_REPEAT, at, lambda end: self._run(nodes, index + 1, end, then)
            )
        if code is op.BRANCH:
            for part in value[1]:
                self._step()
                if (end := self._run(part.data, 0, at, lambda end: self._run(nodes, index + 1, end, then))) is not None:
                    return end
            return None
        if code is op.SUBPATTERN:
            group, _on, _off, body = value

            def close(end: int) -> int | None:
                before = self._groups.get(group)
                if group is not None:
                    self._groups[group] = (at, end)
                result = self._run(nodes, index + 1, end, then)
                if result is None and group is not None:
                    if before is None:
                        self._groups.pop(group, None)
                    else:
                        self._groups[group] = before
                return result

            return self._run(body.data, 0, at, close)
        if code is op.AT:
            self._step()
            return self._run(nodes, index + 1, at, then) if self._stands(value, at) else None
        if code in (op.ASSERT, op.ASSERT_NOT):
            ahead, body = value
            start = at if ahead > 0 else at - body.getwidth()[0]
            held = (
                start >= 0
                and self._run(body.data, 0, start, lambda end: end if ahead > 0 or end == at else None) is not None
            )
            return self._run(nodes, index + 1, at, then) if held == (code is op.ASSERT) else None
        if code is op.GROUPREF:
            if value not in self._groups:
                return None
            first, last = self._groups[value]
            self.steps += last - first
            end = at + last - first
            return self._run(nodes, index + 1, end, then) if self._text[at:end] == self._text[first:last] else None
        raise NotImplementedError(code)

    def _repeat(self, body: list[Any], low: int, high: Any, greedy: bool, at: int, then: Then) -> int | None:
        if len(body) == 1 and body[0][0] in _SINGLE:
            return self._repeat_single(body[0], low, high, greedy, at, then)

        def more(count: int, place: int) -> int | None:
            self._step()
            if count < low:
                return self._run(body, 0, place, lambda end: more(count + 1, end))
            again = (
                (lambda: self._run(body, 0, place, lambda end: more(count + 1, end) if end > place else None))
                if count < high
                else (lambda: None)
            )
            tries: list[Callable[[], int | None]] = [again, lambda: then(place)]
            for attempt in tries if greedy else reversed(tries):
                if (result := attempt()) is not None:
                    return result
            return None

        return more(0, at)

    def _repeat_single(self, node: Any, low: int, high: Any, greedy: bool, at: int, then: Then) -> int | None:
        most = 0
        if greedy:
            while most < high and self._is(node, at + most):
                most += 1
            counts: Iterator[int] = iter(range(most, low - 1, -1))
        else:
            counts = itertools.takewhile(lambda count: count <= high, itertools.count(low))
            if not all(self._is(node, at + place) for place in range(low)):
                return None
        for number, count in enumerate(counts):
            if not greedy and number and not self._is(node, at + count - 1):
                return None
            self._step()
            if (end := then(at + count)) is not None:
                return end
        return None

    def _stands(self, place: Any, at: int) -> bool:
        text, size = self._text, len(self._text)
        lines = bool(self._flags & re.MULTILINE)
        if place in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            return at == 0 or (lines and place is op.AT_BEGINNING and text[at - 1] == "\n")
        if place is op.AT_END_STRING:
            return at == size
        if place is op.AT_END:
            return at == size or (at == size - 1 and text[at] == "\n") or (lines and text[at] == "\n")
        source = r"\b" if place is op.AT_BOUNDARY else r"\B"
        return re.compile(source, self._flags & re.ASCII).match(text, at) is not None


def _parsed(pattern: re.Pattern[str]) -> list[Any]:
    """Python's own parse of a pattern: nodes of a code and its values."""
    parsed: Any = sre_parse.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    return list(parsed)


def _escaped(code: int) -> str:
    return re.escape(chr(code))


def _source(node: Any) -> str:
    code, value = node
    if code is op.ANY:
        return "."
    if code is op.LITERAL:
        return f"[{_escaped(value)}]"
    return f"[^{_escaped(value)}]" if code is op.NOT_LITERAL else _class_of(value)


def _class_of(items: Any) -> str:
    text = ""
    for code, value in items:
        if code is op.NEGATE:
            text += "^"
        elif code is op.LITERAL:
            text += _escaped(value)
        elif code is op.RANGE:
            text += f"{_escaped(value[0])}-{_escaped(value[1])}"
        else:
            text += _CLASSES[value]
    return f"[{text}]"


def pumps(pattern: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
    """Yield beginnings, what is repeated behind them, and ends, that may make a pattern backtrack."""
    tree = _parsed(pattern)
    repeated = list(dict.fromkeys(_repetitions(tree, "")))
    alphabet = list(dict.fromkeys(_characters(tree)))[:10]
    whole = _samples(tree)
    seen = set()
    for start, body in [
        *repeated,
        *(("", char) for char in alphabet),
        *(("", sample) for sample in whole),
        *(("", sample[:-1]) for sample in whole),
        *(("", a + b) for a, b in itertools.permutations(alphabet[:4], 2)),
        *((start, char) for start, _body in repeated for char in alphabet[:3]),
    ]:
        for end in ("", "\0"):
            if body and (start, body, end) not in seen:
                seen.add((start, body, end))
                yield start, body, end


def _repetitions(nodes: list[Any], before: str) -> Iterator[tuple[str, str]]:
    for node in nodes:
        code, value = node
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            _low, high, body = value
            if high > 8:
                for sample in _samples(list(body)):
                    yield before, sample
                    yield "", before + sample
            yield from _repetitions(list(body), before)
        elif code is op.SUBPATTERN:
            yield from _repetitions(list(value[3]), before)
        elif code is op.BRANCH:
            for part in value[1]:
                yield from _repetitions(list(part), before)
        elif code in (op.ASSERT, op.ASSERT_NOT):
            yield from _repetitions(list(value[1]), before)
        before += _samples([node])[0]


def _samples(nodes: list[Any], most: int = 6) -> list[str]:
    """Some texts that a sequence matches, assertions aside."""
    texts = [""]
    for code, value in nodes:
        if code in _SINGLE:
            parts = _of_single(code, value)[:2]
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            parts = [sample * max(value[0], min(1, value[1])) for sample in _samples(list(value[2]))]
        elif code is op.BRANCH:
            parts = [_samples(list(part))[0] for part in value[1]]
        elif code is op.SUBPATTERN:
            parts = _samples(list(value[3]))
        else:
            parts = [""]
        texts = [text + part for text, part in itertools.islice(itertools.product(texts, parts), most)]
    return texts


def _characters(nodes: list[Any]) -> Iterator[str]:
    for code, value in nodes:
        if code in _SINGLE:
            yield from _of_single(code, value)[:4]
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            yield from _characters(list(value[2]))
        elif code is op.BRANCH:
            for part in value[1]:
                yield from _characters(list(part))
        elif code is op.SUBPATTERN:
            yield from _characters(list(value[3]))
        elif code in (op.ASSERT, op.ASSERT_NOT):
            yield from _characters(list(value[1]))


_EXAMPLES = "a1 -\n一.,[(:/A"


def _of_single(code: Any, value: Any) -> list[str]:
    if code is op.LITERAL:
        return [chr(value)]
    if code is op.ANY:
        return ["a", " "]
    source = f"[^{_escaped(value)}]" if code is op.NOT_LITERAL else _class_of(value)
    listed = [chr(item[1]) for item in value if item[0] is op.LITERAL] if code is op.IN else []
    listed += [chr(item[1][0]) for item in value if item[0] is op.RANGE] if code is op.IN else []
    return [char for char in dict.fromkeys([*listed, *_EXAMPLES]) if re.fullmatch(source, char)] or ["\1"]
