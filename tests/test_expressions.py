"""The steps of each regular expression of the package grow with the text that it is given, not with its square.

Steps are counted, not timed. Where they grow faster, the code gives the expression no more characters than `BOUNDED`
says, and texts of that length take few steps.
"""

from __future__ import annotations

import ast
import importlib
import math
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from faq_component.decision import contrast_signs
from tests.backtracking import Matcher, pumps

ROOT = Path(__file__).parents[1]
TIMES = (4, 8, 16)  # repetitions
LOOKED_AT = 3  # the worst texts, which are tried again with more repetitions
MORE = 24  # times as many, where steps seem to grow fast: of `.{0,30}` they do so up to 30
MOST_STEPS = 20_000_000  # Python takes 10 to 20 ns for each
LENGTH = 20_000  # characters, of an expression that is not in BOUNDED

# The most characters that the code gives to an expression, by module and name.
BOUNDED = {
    "assistant.follow_up: _TAIL": 512,
    "dialogue.choice: _PARTICLES": 200,
    "exchange.cell_values: parts": 200,
    "exchange.columns: _AFTER": 200,
    "exchange.columns: _FINAL_NUMBER": 200,
    "exchange.columns: '\\\\(.*?\\\\)|\\\\[.*?\\\\]|【.*?】|<.*?>'": 200,
    "exchange.escapes: word": 200,
    "exchange.markdown_source: _CALLOUT": 100,
    "exchange.markdown_source: _NOTE": 100,
    "exchange.spreadsheets.displayed: _LITERAL": 255,
    "exchange.spreadsheets.displayed: _NUMBER": 255,
    "exchange.spreadsheets.displayed: section": 255,
    "exchange.spreadsheets.displayed: sections": 255,
}
# Expressions whose parts are known where they run only, with what they are made of then.
MADE_LATER: dict[str, list[str]] = {
    "assistant.completion: ('(?<![a-z0-9])' if _LATIN.match(word) else '') + re.escape(word)": [
        "(?<![a-z0-9])wifi",
        "运费",
    ],
    "decision.contrast_signs: f'(?<![a-z0-9])([a-z0-9]+?)((?:{suffix})*)(?![a-z0-9])'": [
        contrast_signs._WITH_WORDS.pattern,
        contrast_signs._SIGNS_ALONE.pattern,
    ],
    "exchange.columns: bare": [r"[\W_]+"],
    "exchange.separators: _SIGNS[sign]": ["##", "[|｜]"],
    "dialogue.sent_texts: pattern": [r"\n", "[。！？!?；;]|(?<=[.])\\s"],
    "rasa.components.faq_recall: f'/{re.escape(name)}\\\\s*(?:[@{{]|$)'": [r"/pick\s*(?:[@{]|$)"],
    "retrieval.engines.milvus_versions: f'{prefix}_[0-9a-f]{{12}}'": ["faq_[0-9a-f]{12}"],
    "retrieval.rewrite: '|'.join(map(_standing_alone, longest_first))": ["(?<![a-z0-9])app(?![a-z0-9])|运费|邮费"],
    "usage.personal_numbers: f'(?<![0-9])[1-9]{_run(count)}(?![0-9])'": ["(?<![0-9])[1-9](?:[ -]?[0-9]){18}(?![0-9])"],
    "usage.personal_numbers: f'(?<![0-9])[3-6]{_run(count, _CARD_GAP)}(?![0-9])'": [
        "(?<![0-9])[3-6](?:[ ./·_|~-]{0,3}[0-9]){18}(?![0-9])"
    ],
}


@dataclass(frozen=True)
class Expression:
    """A pattern of the package, and whether it is searched for in a text or matched at its beginning."""

    name: str
    pattern: re.Pattern[str]
    searches: bool


def find() -> Iterator[Expression]:
    """Yield each expression that the code compiles or hands to a function of `re`."""
    folders = (ROOT / "faq_component", ROOT / "actions")
    sources = {path: path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.py"))}
    everything = "\n".join(sources.values())
    for path, source in sources.items():
        tree = ast.parse(source)
        names = {
            id(node.value): node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(tree):
            match node:
                case ast.Call(ast.Attribute(ast.Name("re"), function)) if function != "escape":
                    written = names.get(id(node)) or ast.unparse(node.args[0])
                    name = f"{module.removeprefix('faq_component.')}: {written}"
                    used = re.escape(written) + r"\."
                    where = source if written.startswith("_") else everything
                    only_matches = (
                        re.search(used + "(?:full)?match", where)
                        and not re.search(used + "(?:search|find|sub|split)", where)
                        if function == "compile"
                        else function in ("match", "fullmatch")
                    )
                    for pattern in _patterns(module, node, name):
                        if isinstance(pattern.pattern, str):
                            yield Expression(name, pattern, not only_matches)


def _patterns(module: str, node: ast.Call, name: str) -> list[re.Pattern[Any]]:
    if name in MADE_LATER:
        return [re.compile(pattern) for pattern in MADE_LATER[name]]
    is_constant = isinstance(node.args[0], ast.Constant)
    values: Mapping[str, Any] = {"re": re} if is_constant else vars(importlib.import_module(module))
    further = [*node.args[1:], *(word.value for word in node.keywords if word.arg == "flags")]
    flags = [arg for arg in further if ast.unparse(arg).startswith("re.")]
    try:
        pattern = eval(ast.unparse(node.args[0]), dict(values))  # noqa: S307 -- the package's own code
    except (NameError, KeyError):
        raise LookupError(f"{name} is made where it runs: say in MADE_LATER of what") from None
    return [re.compile(pattern, eval(ast.unparse(flags[0]), {"re": re}) if flags else 0)]  # noqa: S307


def worst(expression: Expression) -> tuple[float, str]:
    """Return the most steps for a text as long as the expression is given, and how the text is made."""
    matcher = Matcher(expression.pattern)
    found = sorted((_steps(matcher, expression, pump, 1), pump) for pump in pumps(expression.pattern))
    if found and found[-1][0] > MOST_STEPS and expression.name not in BOUNDED:
        found = sorted((_steps(matcher, expression, pump, MORE), pump) for _steps_of_few, pump in found[-LOOKED_AT:])
    steps, (start, body, end) = found[-1] if found else (0.0, ("", "", ""))
    return steps, f"{start!r} + {body!r} * n + {end!r}"


def _steps(matcher: Matcher, expression: Expression, pump: tuple[str, str, str], more: int) -> float:
    """Estimate the steps for a text of full length from those for three short ones."""
    start, body, end = pump
    counts = []
    for times in TIMES:
        counts.append(matcher.count(start + body * more * times + end, expression.searches))
        if counts[-1] >= matcher.most:
            return math.inf
    before, growth = counts[1] - counts[0], counts[2] - counts[1]
    power = math.log2(growth / max(before, 1)) if growth > 0 else 0.0
    length = BOUNDED.get(expression.name, LENGTH)
    return float(counts[2] * max(length / (len(body) * more * TIMES[-1]), 1.0) ** power)


def _deeply(run: Any) -> Any:
    """Run a function with room for deep recursion."""
    results: list[Any] = []
    limit, size = sys.getrecursionlimit(), threading.stack_size(256 << 20)
    sys.setrecursionlimit(50_000)
    try:
        thread = threading.Thread(target=lambda: results.append(run()))
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    return results[0]


def test_no_expression_takes_the_square_of_a_text() -> None:
    expressions = list(find())
    assert len(expressions) > 150
    found = _deeply(lambda: [(*worst(expression), expression.name) for expression in expressions])
    slow = [f"{name}: {steps:,.0f} steps for {text}" for steps, text, name in sorted(found, reverse=True)]
    assert not [line for line, (steps, *_) in zip(slow, sorted(found, reverse=True), strict=True) if steps > MOST_STEPS]


def test_each_bound_is_of_an_expression() -> None:
    names = {expression.name for expression in find()}
    assert names >= {*BOUNDED, *MADE_LATER}


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        (r"(a+)+$", MOST_STEPS, math.inf),
        (r"\s+$", MOST_STEPS, math.inf),
        (r"(?<!\s)\s+$", 0, MOST_STEPS),
        ("a[bc]*d", 0, MOST_STEPS),
    ],
)
def test_slow_expressions_are_told_from_fast_ones(pattern: str, least: float, most: float) -> None:
    steps, _text = _deeply(lambda: worst(Expression("", re.compile(pattern), searches=True)))
    assert least <= steps <= most


def test_steps_are_those_of_matches_that_python_finds() -> None:
    for expression in find():
        for start, body, end in list(pumps(expression.pattern))[:12]:
            text = start + body * 3 + end
            spans = [match.span() for match in expression.pattern.finditer(text)]
            if all(first < last for first, last in spans):
                assert Matcher(expression.pattern).all(text) == spans, (expression.name, text)
