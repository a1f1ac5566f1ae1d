"""`faq doctor`: each finding, and that a project without faults has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faq_component.cli import main
from faq_component.project.doctor import CHECKS, Examined
from faq_component.project.findings import Finding
from faq_component.project.rasa_project import RasaProject
from faq_component.settings import load_settings
from tests.project.conftest import write

VERSIONS = {"rasa": "3.6.21", "rasa-sdk": "3.6.2"}
NLU_FALLBACK = "rules:\n- rule: own\n  steps:\n  - intent: nlu_fallback\n  - action: utter_default\n"
STORY = "stories:\n- story: own\n  steps:\n  - intent: nlu_fallback\n  - action: utter_default\n"
FAQ_RULE = "rules:\n- rule: own\n  steps:\n  - intent: faq\n  - action: utter_faq\n"
SINGLE = json.dumps({f"topic {i}": {"post": [f"question {i}"], "resp": ["yes"]} for i in range(20)})
ONE_SINGLE = json.dumps(
    {f"topic {i}": {"post": [f"question {i}", f"ask {i}"][: 1 + (i > 0)], "resp": ["yes"]} for i in range(20)}
)


@pytest.fixture
def sound(stock: Path) -> Path:
    """A project to which the FAQ was added."""
    assert main(["init", "--yes"]) == 0
    write(stock, {"actions/__init__.py": 'import os\nos.environ.setdefault("SANIC_HOST", "127.0.0.1")\n'})
    return stock


def found(folder: Path, **changed: Any) -> list[Finding]:
    versions = {**VERSIONS, **changed.pop("versions", {})}
    given = {"installed": versions.get, "python": (3, 10), "environment": {}, "has_module": bool, **changed}
    examined = Examined(RasaProject(folder), load_settings(folder / "config.yml"), **given)
    return [finding for check in CHECKS for finding in check(examined)]


def test_a_sound_project_has_no_findings(sound: Path) -> None:
    assert found(sound) == []


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")

    return edit


IMPORTER = "importers:\n  - name: faq_component.rasa.FaqImporter\n"
UNSURE = "  - name: FallbackClassifier\n    threshold: 0.3\n    ambiguity_threshold: 0.1\n"
LAST = "  - name: faq_component.rasa.FaqRecall\n    faq: faq\n"


@pytest.mark.parametrize(
    ("change", "check", "severity", "says"),
    [
        (
            edited("endpoints.yml", "action_endpoint:\n  url", "#action_endpoint:\n#  url"),
            "actions",
            "error",
            "commented",
        ),
        (edited("endpoints.yml", "action_endpoint:\n  url", "x:\n  url"), "actions", "error", "is missing"),
        (lambda folder: (folder / "actions/faq.py").unlink(), "actions", "error", "do not have those of the FAQ"),
        (edited("config.yml", IMPORTER, ""), "importer", "error", "no importer"),
        (
            edited("config.yml", IMPORTER, IMPORTER + "  - name: RasaFileImporter\n"),
            "importer",
            "warning",
            "second time",
        ),
        (edited("config.yml", LAST, ""), "component", "error", "does not have FaqRecall"),
        (edited("config.yml", LAST, LAST + "  - name: DIETClassifier\n"), "component", "error", "overwrites"),
        (
            edited("config.yml", UNSURE + LAST, LAST + UNSURE.replace("0.3", "0.7")),
            "component",
            "warning",
            "gives up below 0.7",
        ),
        (edited("config.yml", "policies:\n", "policies:\n- name: TEDPolicy\n"), "policies", "error", "RulePolicy"),
        (lambda folder: write(folder, {"data/own.yml": NLU_FALLBACK}), "rules", "note", "it stays"),
        (lambda folder: write(folder, {"data/own.yml": STORY}), "rules", "error", "Contradicting rules"),
        (lambda folder: write(folder, {"data/own.yml": FAQ_RULE}), "rules", "error", "runs utter_faq"),
        (lambda folder: write(folder, {"faq/faq.json": SINGLE}), "faq", "warning", "20 of 20 topics have one post"),
        (lambda folder: write(folder, {"faq/faq.json": ONE_SINGLE}), "faq", "note", "1 of 20 topics have one post"),
        (lambda folder: write(folder, {"faq/faq.json": "{"}), "faq", "error", "the FAQ has a fault: faq/faq.json"),
        (lambda folder: (folder / "faq/faq.json").unlink(), "faq", "error", "fault"),
        (edited("config.yml", "faq: faq\n", "faq: faq\n    encoder: nowhere\n"), "encoder", "error", "nowhere"),
        (lambda folder: write(folder, {"actions/__init__.py": ""}), "address", "note", "listens on 0.0.0.0"),
    ],
)
def test_each_fault_is_found_with_its_mend(
    sound: Path, change: Callable[[Path], object], check: str, severity: str, says: str
) -> None:
    change(sound)
    (finding,) = found(sound)
    assert (finding.check, finding.severity) == (check, severity)
    assert says in finding.sentence
    assert finding.mend


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"versions": {"rasa": None}}, "rasa"),
        ({"versions": {"rasa": "3.5.4", "rasa-sdk": "3.5.1"}}, "rasa"),
        ({"versions": {"rasa-sdk": "3.7.0"}}, "rasa-sdk"),
        ({"python": (3, 11)}, "python"),
        ({"has_module": lambda name: name != "pkg_resources"}, "setuptools"),
    ],
)
def test_versions_that_clash(sound: Path, changed: dict[str, Any], place: str) -> None:
    (finding,) = found(sound, **changed)
    assert (finding.check, finding.severity, finding.place) == ("versions", "error", place)


def test_rasa_of_another_patch_is_no_clash(sound: Path) -> None:
    assert found(sound, versions={"rasa": "3.6.20", "rasa-sdk": "3.6.1"}) == []


def test_an_action_server_elsewhere_is_a_note(sound: Path) -> None:
    (sound / "actions/faq.py").unlink()
    edited("endpoints.yml", "localhost", "actions.example.com")(sound)
    (finding,) = found(sound)
    assert (finding.severity, finding.check) == ("note", "actions")


def test_the_command(sound: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    edited("config.yml", IMPORTER, "")(sound)
    capsys.readouterr()
    assert main(["doctor"]) == 1
    assert "config.yml: error [importer] no importer" in capsys.readouterr().out
    assert main(["doctor", "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert set(finding) == {"check", "severity", "place", "sentence", "mend"}
    edited("config.yml", "faq: faq\n", "faq: faq\n    top_k: many\n")(sound)
    assert main(["doctor"]) == 1
    assert "config.yml: error [settings]" in capsys.readouterr().out


def test_each_fault_of_a_handover_is_named_and_that_nobody_is_told(sound: Path) -> None:
    edited("config.yml", "    faq: faq\n", "    faq: faq\n    handover: handover.yml\n")(sound)
    assert [finding.sentence for finding in found(sound)] == [
        "it cannot be read (No such file or directory); correct the setting 'handover'"
    ]
    adapter = "adapters: {webhook: {url: 'http://127.0.0.1:1', secret: '${DESK}'}}\n"
    write(sound, {"handover.yml": f"{adapter}hours: {{weekly: {{mon: 9}}}}\nmask: 5\n"})
    assert [(finding.check, finding.severity) for finding in found(sound)] == [("handover", "error")] * 2
    write(sound, {"handover.yml": adapter})
    (missing,) = found(sound)
    assert "names the variable DESK, which is not set" in missing.sentence
    assert found(sound, environment={"DESK": "s3cret"}) == []
    write(sound, {"handover.yml": "mask: true\n"})
    (untold,) = found(sound)
    assert (untold.severity, untold.sentence) == ("warning", "the bot hands over, and nobody is notified")
    write(sound, {"credentials.yml": "faq_component.rasa.handover.Inbox:\n\nother:\n  token: t\n"})
    (closed,) = found(sound)
    assert (closed.severity, closed.place) == ("note", "credentials.yml")
    assert "takes no token without FAQ_INBOX_TOKEN" in closed.sentence
    assert found(sound, environment={"FAQ_INBOX_TOKEN": "0123456789abcdef"}) == []
    write(sound, {"credentials.yml": "faq_component.rasa.handover.Inbox:\n  token: ${DESK}\n"})
    assert found(sound) == []


def test_each_fault_of_the_words_is_named(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited("config.yml", "    faq: faq\n", "    faq: faq\n    words: words.yml\n")(sound)
    write(sound, {"words.yml": "user: {refuse: [1], hide: [x]}\n"})
    unknown = "the key 'user.hide' is unknown; known are refuse, mask, hand_over"
    number = "'user.refuse': word 1 is '1', which holds no text; write it in quotation marks"
    assert [(each.check, each.place, each.sentence) for each in found(sound)] == [
        ("words", "words.yml", unknown),
        ("words", "words.yml", number),
    ]
    capsys.readouterr()
    main(["check", "faq"])
    assert f"warning: words.yml: {unknown}" in " ".join(capsys.readouterr().err.split())
    write(sound, {"words.yml": "user: {refuse: [x]}\n"})
    assert found(sound) == []


def test_a_test_story_is_no_contradiction(sound: Path) -> None:
    write(sound, {"data/test_conversations.yml": STORY})
    assert found(sound) == []
