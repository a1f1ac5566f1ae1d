"""Lint in a process of its own finds the same; what goes wrong there is one sentence here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from faq_component.errors import FaqError
from faq_component.lint.apart import findings_apart
from faq_component.lint.configured import Linter
from faq_component.settings import Settings
from tests.caches import warmed


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    topics = {
        "refund": {"post": ["怎么退货", "退货流程"], "resp": ["点订单里的退货。"]},
        "return": {"post": ["退货怎么办理", "怎么退货呢"], "resp": ["TODO"]},
    }
    file = tmp_path / "faq.json"
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    return Settings(
        faq=str(file), retriever="keyword", cache_dir=warmed(tmp_path / "cache"), log="none", reload_seconds=0
    )


def test_it_finds_the_same(settings: Settings) -> None:
    found = findings_apart(settings, settings.faq)
    assert found
    assert found == list(Linter(settings).whole(settings.faq))


def test_a_missing_faq_is_said(settings: Settings) -> None:
    Path(settings.faq).unlink()
    with pytest.raises(FaqError, match=r"faq\.json"):
        findings_apart(settings, settings.faq)


@pytest.mark.parametrize(("program", "said"), [("/bin/false", "1"), ("/nowhere/python", "/nowhere/python")])
def test_a_process_that_ends_or_cannot_start_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(FaqError, match=said):
        findings_apart(settings, settings.faq)
