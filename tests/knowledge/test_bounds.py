"""Whatever the check accepts can be kept, searched and sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faq_component.errors import FaqDataError
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.json_file import read_json
from faq_component.exchange.merge import merge
from faq_component.knowledge.bounds import POST, RESPONSE, TITLE
from faq_component.knowledge.checking import check_faq, check_topics
from faq_component.knowledge.json_source import DEEPEST

NUMBER = "a number that is not finite or has more than 64 bits"
DEEP = f"is nested more than {DEEPEST} deep"
UNFIT = [
    ("9" * 30, NUMBER),
    ("9" * 5_000, NUMBER),
    ("-" + "9" * 100_000, NUMBER),
    (str(2**63), NUMBER),
    ("NaN", NUMBER),
    ("-Infinity", NUMBER),
    ("1e999", NUMBER),
    ("[" * 64 + "]" * 64, DEEP),
    ("[" * 600 + "]" * 600, DEEP),
    ('{"a":' * 600 + "1" + "}" * 600, DEEP),
    (r'{"\ud800": 1}', "half a surrogate pair"),
    (r'[["\udfff"]]', "half a surrogate pair"),
    (json.dumps("长" * RESPONSE, ensure_ascii=False), f"more than {RESPONSE:,}"),
]


@pytest.mark.parametrize(("value", "part"), UNFIT, ids=lambda text: text[:12])
@pytest.mark.parametrize("place", ['"custom": {"v": %s}', '"buttons": [{"title": "a", "payload": "b", "k": %s}]'])
def test_an_unfit_value_is_one_located_fault(value: str, part: str, place: str, tmp_path: Path) -> None:
    file = tmp_path / "faq.json"
    file.write_text('{"甲": {"post": ["a"],\n"resp": ["x",\n{"text": "x", ' + place % value + "}]}}", "utf-8")
    report = check_faq(file)
    assert report.faq is None
    (fault,) = report.faults
    assert fault.startswith(f"{file}:3: topic '甲': resp[1] ")
    assert part in fault


def test_values_within_the_bounds_are_accepted(tmp_path: Path) -> None:
    file = tmp_path / "faq.json"
    custom = {"v": [2**63 - 1, -(2**63), 1.5, True, None, "😀"], "deep": json.loads("[" * 61 + "]" * 61)}
    topic = {"post": ["长" * POST], "resp": ["长" * RESPONSE, {"custom": custom}]}
    file.write_text(json.dumps({"长" * TITLE: topic}), "utf-8")
    faq = check_faq(file).checked()
    response = faq.topics[0].responses[1]
    assert not isinstance(response, str)
    assert response.custom == custom


@pytest.mark.parametrize(
    ("title", "topic", "part"),
    [
        ("长" * (TITLE + 1), {"post": ["a"], "resp": ["b"]}, "the title has 1,001 characters, more than 1,000"),
        ("a", {"post": ["长" * (POST + 1)], "resp": ["b"]}, "post[0] has 10,001 characters, more than 10,000"),
        ("a", {"post": ["a"], "resp": ["长" * (RESPONSE + 1)]}, "resp[0] has 100,001 characters, more than 100,000"),
        ("a", {"post": ["a"], "resp": ["b"], "tags": ["长" * (TITLE + 1)]}, "tags has 1,001 characters"),
        ("a", {"post": ["a"], "resp": ["b"], "tags": [float("nan")]}, NUMBER),
        ("a", {"post": ["a"], "resp": ["b"], "长" * 10_000: 1}, "unknown key"),
        ("a", {"post": ["a"], "resp": ["b"], "\ud800": 1}, "unknown key"),
    ],
    ids=lambda value: str(value)[:10].encode("ascii", "ignore").decode(),
)
def test_long_texts_are_short_faults(title: str, topic: dict[str, Any], part: str, tmp_path: Path) -> None:
    file = tmp_path / "faq.json"
    file.write_text(json.dumps({title: topic}), "utf-8")
    for report in (check_faq(file), check_topics("faq.json", [(title, topic)])):
        (fault,) = report.faults
        assert part in fault
        assert len(fault) < len(str(file)) + 300
        assert fault.encode()


@pytest.mark.parametrize(
    "answer",
    [
        "9" * 10_000,
        "NaN",
        '{"text": "x", "custom": {"v": ' + "[" * 600 + "]" * 600 + "}}",
        '{"text": "x", "custom": {"v": ' + "9" * 10_000 + "}}",
        '["x", Infinity]',
    ],
    ids=lambda text: text[:10],
)
def test_a_list_of_objects_with_an_unfit_value_is_one_located_fault(answer: str) -> None:
    drafts = Drafts()
    path = Path("list.json")
    read_json(path, f'[{{"question": "a", "answer": "b"}}, {{"question": "q", "answer": {answer}}}]'.encode(), drafts)
    with pytest.raises(FaqDataError) as caught:
        merge(None, drafts)
    assert len(caught.value.faults) == 1
    assert "item 2" in caught.value.faults[0]
