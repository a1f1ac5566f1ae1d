"""A setting that is added is in the key of each thing that it changes, and in no other, without a list anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from faq_component.assistant.build_rules import build_calibration, build_contrast
from faq_component.knowledge.topics import Faq, Topic
from faq_component.service.cache import _context
from faq_component.settings import Settings
from faq_component.support.setting_fields import Affects, Identity, setting

FAQ = Faq.of(Topic(name, name, (f"怎么{name}",), ("好",)) for name in ("退货", "换货", "开发票"))


@dataclass(frozen=True)
class Extended(Settings):
    """Settings with one more of each kind."""

    rewriting: int = setting(0, "", group="More", affects=Affects.REWRITING | Affects.RETRIEVAL)
    retrieval: int = setting(0, "", group="More", affects=Affects.RETRIEVAL)
    decision: int = setting(0, "", group="More", affects=Affects.DECISION)
    dialogue: int = setting(0, "", group="More", affects=Affects.DIALOGUE)
    presentation: int = setting(0, "", group="More", affects=Affects.PRESENTATION)
    nothing: int = setting(0, "", group="More", affects=Affects.NOTHING)
    file: str | None = setting(None, "", group="More", affects=Affects.RETRIEVAL, identity=Identity.CONTENT)


Kept = Callable[[Settings], object]


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, Kept]:
    """For each thing that is kept: what differs where another one is made for other settings."""

    def files(folder: str, build: Callable[[Settings, Faq], object]) -> Kept:
        def made(settings: Settings) -> frozenset[str]:
            place = tmp_path / f"{len(list(tmp_path.iterdir()))}"
            build(settings.override(cache_dir=str(place)), FAQ)
            return frozenset(file.name for file in (place / folder).iterdir())

        return made

    return {
        "contrasting words": files("pairs", build_contrast),
        "confidence": files("confidence", build_calibration),
        "decisions": lambda settings: _context(settings, ""),
    }


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("rewriting", {"contrasting words", "confidence", "decisions"}),
        ("retrieval", {"confidence", "decisions"}),
        ("decision", {"decisions"}),
        ("dialogue", set()),
        ("presentation", set()),
        ("nothing", set()),
    ],
)
def test_a_setting_that_is_added_is_classified(name: str, changed: set[str], kept: dict[str, Kept]) -> None:
    before = Extended(retriever="keyword")
    after = before.override(**{name: 1})
    assert {what for what, key in kept.items() if key(before) != key(after)} == changed


def test_a_file_that_is_added_counts_by_its_content(kept: dict[str, Kept], tmp_path: Path) -> None:
    def settings(content: str, name: str) -> Extended:
        (tmp_path / name).write_text(content)
        return Extended(retriever="keyword", file=str(tmp_path / name))

    one, same, other = settings("a", "one"), settings("a", "same"), settings("b", "other")
    assert {what for what, key in kept.items() if key(one) != key(same)} == set()
    assert {what for what, key in kept.items() if key(one) != key(other)} == {"confidence", "decisions"}


# What each key held when lists by hand said so; names alone of indexes in an engine are no longer in them.
FOUND_BY = (
    {"retriever", "keyword_weight", "overlap_weight", "agreement", "classifier_weight", "answers_weight"}
    | {"index"}
    | {"encoder", "encoder_backend", "pooling", "similarity"}
    | {"simplify", "digits", "synonyms", "tokens", "pinyin", "stop_words", "user_dictionary"}
    | {"bm25_k1", "bm25_b", "negative_idf", "reranker", "reranker_path", "rerank_candidates"}
    | {"elasticsearch_url", "elasticsearch_mode", "milvus_uri", "milvus_mode"}
)
DECIDED_BY = {"top_k", "answer_precision", "ask_precision", "contrast", "learn"} | {
    "answer_threshold",
    "clarify_threshold",
    "margin",
}


@pytest.mark.parametrize(
    ("affects", "names"),
    [
        (Affects.REWRITING, {"simplify", "digits", "synonyms"}),
        (Affects.RETRIEVAL, FOUND_BY),
        (Affects.RETRIEVAL | Affects.DECISION, FOUND_BY | DECIDED_BY),
    ],
)
def test_the_settings_that_count(affects: Affects, names: set[str]) -> None:
    assert {item.name for item in fields(Settings) if item.metadata["affects"] & affects} == names


def test_what_is_named_counts_by_what_it_holds() -> None:
    kinds: dict[Any, set[str]] = {Identity.CONTENT: set(), Identity.FINGERPRINT: set()}
    for item in fields(Settings):
        if item.metadata["identity"] is not Identity.VALUE:
            kinds[item.metadata["identity"]].add(item.name)
    assert kinds[Identity.FINGERPRINT] == {"encoder"}
    assert kinds[Identity.CONTENT] == {"synonyms", "stop_words", "user_dictionary", "reranker_path"}
