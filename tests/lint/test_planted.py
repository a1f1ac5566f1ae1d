"""A hundred faults in copies of the demo FAQ: how many are found, and how much else is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from faq_component.assistant.build_encoders import build_post_encoder
from faq_component.assistant.build_text import build_rewriter
from faq_component.lint import Finding, lint
from faq_component.lint.accepted import accepted_file, read_accepted
from faq_component.settings import load_settings
from tests.lint.planting import PLAN, Fault, Planter
from tests.lint.wording import FIRST, SECOND, Wording

DEMO = ("chitchat.json", "shop.json")


def lint_folder(folder: Path | str) -> list[Finding]:
    settings = load_settings()
    return lint(str(folder), lambda: build_post_encoder(settings), build_rewriter(settings))


def plant(folder: Path, wording: Wording, seed: int, *, chinese_numerals: bool) -> list[Fault]:
    files = {name: json.loads(Path("data/faq", name).read_text("utf-8")) for name in DEMO}
    planter = Planter(files, wording, seed, chinese_numerals)
    faults = planter.plant()
    planter.write(folder)
    return faults


def test_the_demo_faq_is_clean(in_the_checkout: None) -> None:
    accepted = read_accepted(accepted_file("data/faq"))
    assert [finding.key for finding in lint_folder("data/faq") if finding.key not in accepted] == []


@pytest.mark.parametrize("wording", [FIRST, SECOND], ids=["first", "second"])
def test_planted_faults_are_found(in_the_checkout: None, tmp_path: Path, wording: Wording) -> None:
    """The rules were made with the first wording; docs/guides/lint.md says what the second one did to them."""
    planted, missed = 0, []
    for seed in range(3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        faults = plant(folder, wording, seed, chinese_numerals=wording is SECOND)
        assert len(faults) == sum(PLAN.values()) == 100
        findings = lint_folder(folder)
        planted += len(faults)
        missed += [fault for fault in faults if not any(map(fault.is_found_by, findings))]
        alarms = [each for each in findings if not any(fault.concerns(each) for fault in faults)]
        assert len(alarms) < 0.1 * len(findings), alarms
        assert all(each.file and each.line for each in findings)
    assert len(missed) <= 0.1 * planted, missed


@pytest.mark.parametrize("kind", PLAN)
def test_each_kind_of_fault_is_planted(in_the_checkout: None, tmp_path: Path, kind: str) -> None:
    """The generator does what it says: the files differ from the demo FAQ, and each fault names a topic of them."""
    faults = [fault for fault in plant(tmp_path, SECOND, 3, chinese_numerals=True) if fault.kind == kind]
    titles = {title for name in DEMO for title in json.loads((tmp_path / name).read_text("utf-8"))}
    written = "".join((tmp_path / name).read_text("utf-8") for name in DEMO)
    assert len(faults) == PLAN[kind]
    assert all(fault.topics <= titles for fault in faults)
    assert all(json.dumps(text, ensure_ascii=False) in written for fault in faults for text in fault.texts)
