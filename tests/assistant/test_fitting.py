"""Fitting in a process of its own: what it leaves is found, and without it the process fits by itself."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.assistant import build_rules
from faq_component.assistant.fitting import fit_apart, is_fitted_apart
from faq_component.assistant.live import LiveFaq
from faq_component.knowledge.checking import load_faq
from faq_component.settings import Settings
from tests.caches import warmed

_TOPICS, _POSTS = 40, 13  # the fewest posts of a fit
_SHOPS = "东西南北中春夏秋冬山水花月星云风雷雨雪江河湖海金木水火土天地人和平安康宁福禄寿喜财"
_ASKED = (
    "几点开门",
    "几点关门",
    "在哪里",
    "电话是多少",
    "能停车吗",
    "收现金吗",
    "有优惠吗",
    "怎么走",
    "要排队吗",
    "能退吗",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    topics = {
        f"{shop}{number}店": {
            "post": [f"{shop}店{asked}" for asked in _ASKED] + [f"{shop}字店的事{place}" for place in "甲乙丙"],
            "resp": [f"这是{shop}店。"],
        }
        for number, shop in enumerate(_SHOPS[:_TOPICS])
    }
    file = tmp_path / "faq.json"
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    return Settings(
        faq=str(file), retriever="keyword", cache_dir=warmed(tmp_path / "cache"), log="none", reload_seconds=0
    )


def test_what_the_other_process_fits_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    faq = load_faq(settings.faq)
    assert is_fitted_apart(settings, faq)
    fit_apart(settings, faq)
    monkeypatch.setattr(build_rules, "fit_calibration", None)
    monkeypatch.setattr("faq_component.decision.contrast_store.mine_pairs", None)
    assert build_rules.build_rule(settings, faq).is_calibrated


def test_an_edit_is_fitted_apart(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveFaq(settings, "test")
    _edit(Path(settings.faq))
    assert live.refresh()
    monkeypatch.setattr(build_rules, "fit_calibration", None)
    assert live.refit()
    assert live.current.fitted
    assert not live.faults
    live.close()


def test_where_that_fails_the_process_fits_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveFaq(settings, "test")
    for program in ("/bin/false", "/nothing/here"):
        _edit(Path(settings.faq))
        assert live.refresh()
        monkeypatch.setattr(sys, "executable", program)
        assert live.refit()
        assert "Fitting in a process of its own" in caplog.text
        caplog.clear()
    live.close()


def test_small_faqs_and_those_on_a_server_are_fitted_here(settings: Settings) -> None:
    faq = load_faq(settings.faq)
    assert not is_fitted_apart(replace(settings, retriever="milvus"), faq)
    assert not is_fitted_apart(settings, faq.without(frozenset(topic.id for topic in faq.topics[2:])))


def _edit(file: Path) -> None:
    topics = json.loads(file.read_text("utf-8"))
    topics["东0店"]["post"].append(f"新的问法{len(topics['东0店']['post'])}")
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
