"""Scopes: what they may be, and which topics they hold."""

from __future__ import annotations

from typing import Any

import pytest

from faq_component.dialogue.scope import Scope
from faq_component.errors import ScopeError
from faq_component.knowledge.options import Options
from faq_component.knowledge.scope import topics_in
from faq_component.knowledge.topics import Faq, Topic

TAGS = {"a": ("金店", "zh"), "b": ("银店", "zh"), "c": ("金店", "EN"), "d": ("共用",), "e": ()}
FAQ = Faq.of(Topic(name, name, (name,), (name,), Options(tags)) for name, tags in TAGS.items())


@pytest.mark.parametrize(
    ("value", "topics"),
    [
        ("金店", "ac"),
        (["金店", "共用"], "acd"),
        ([["金店", "共用"], ["zh"]], "a"),
        (["金店", ["zh", "en"]], "ac"),
        ([["金店"], ["银店"]], ""),
        ("ｅｎ", "c"),
        (("银店",), "b"),
    ],
)
def test_the_topics_of_a_scope(value: Any, topics: str) -> None:
    scope = Scope.of(value)
    assert scope is not None
    assert topics_in(scope, FAQ) == set(topics)
    assert topics_in(scope, FAQ) is topics_in(scope, FAQ)
    assert Scope.of(scope.to_json()) == scope


@pytest.mark.parametrize("value", [None, "", " ", [], [[]], [[], []]])
def test_an_empty_scope_limits_nothing(value: Any) -> None:
    assert Scope.of(value) is None


@pytest.mark.parametrize("value", [1, True, {"tag": "金店"}, ["金店", 1], [[["金店"]]], ["\ud800"], ["长" * 1_001]])
def test_what_is_no_scope(value: Any) -> None:
    with pytest.raises(ScopeError, match="neither a tag, nor a list of tags"):
        Scope.of(value)


def test_too_many_tags() -> None:
    with pytest.raises(ScopeError, match="more than 100 tags"):
        Scope.of([str(number) for number in range(101)])


def test_an_unknown_tag_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ScopeError) as told:
        topics_in(Scope((("铜店",),)), FAQ)
    assert str(told.value) == "no topic has the tag '铜店'; the tags are: en, zh, 共用, 金店, 银店"


def test_of_many_tags_some_are_named() -> None:
    faq = Faq.of(Topic(f"t{n}", f"t{n}", ("a",), ("b",), Options((f"tag{n:02}",))) for n in range(12))
    with pytest.raises(ScopeError, match=r"tag00, .*tag09 and 2 more$"):
        topics_in(Scope((("x",),)), faq)


def test_scopes_that_both_hold() -> None:
    gold, chinese = Scope((("金店",),)), Scope((("zh",),))
    assert topics_in(gold.and_also(chinese), FAQ) == {"a"}
    assert gold.and_also(None) is gold
