"""Leads to topics, over a whole knowledge base."""

from __future__ import annotations

import pytest

from faq_component.knowledge import leads
from faq_component.knowledge.checking import check_topics


def _topics(count: int, related: str) -> list[tuple[str, dict[str, object]]]:
    topic = {"post": ["问"], "resp": ["答"], "related": [related]}
    return [(f"题{at}", {**topic, "id": f"t{at}", "post": [f"问{at}"]}) for at in range(count)]


@pytest.mark.parametrize(
    ("related", "faults", "normalizations"), [("last", 0, 0), ("gone", 50, 50 + 51), ("titled", 50, 50 + 51)]
)
def test_titles_are_looked_at_once_and_only_for_unknown_names(
    monkeypatch: pytest.MonkeyPatch, related: str, faults: int, normalizations: int
) -> None:
    normalized: list[str] = []

    def normalize(text: str) -> str:
        normalized.append(text)
        return text

    monkeypatch.setattr(leads, "normalize", normalize)
    last = ("titled", {"id": "last", "post": ["末"], "resp": ["答"]})
    report = check_topics("faq", [*_topics(50, related), last])
    assert len(report.faults) == faults
    assert len(normalized) == normalizations
