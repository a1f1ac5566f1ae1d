"""`faq init`: in a project as `rasa init` makes it, in others, taken back, and anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from faq_component.cli import main
from faq_component.knowledge.checking import load_faq
from faq_component.project.additions import additions
from faq_component.project.changes import JOURNAL
from faq_component.project.rasa_project import RasaProject
from faq_component.project.yaml_lines import NotUnderstoodError
from tests.project.conftest import CONFIG, ENDPOINTS, write

RECALL = {"name": "faq_component.rasa.FaqRecall", "faq": "faq"}
IMPORTERS = [{"name": "faq_component.rasa.FaqImporter"}]


def files(folder: Path) -> dict[str, str]:
    found = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    return {name: file.read_text("utf-8") for name, file in found.items()}


def test_it_shows_asks_writes_and_takes_back(stock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(stock)
    assert main(["init", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "+  - name: faq_component.rasa.FaqRecall" in shown
    assert "-#action_endpoint:" in shown
    config = yaml.safe_load((stock / "config.yml").read_text("utf-8"))
    assert config["importers"] == IMPORTERS
    assert [part["name"] for part in config["pipeline"]][-2:] == ["FallbackClassifier", RECALL["name"]]
    assert config["pipeline"][-1] == RECALL
    assert yaml.safe_load((stock / "endpoints.yml").read_text("utf-8")) == {
        "action_endpoint": {"url": "http://localhost:5055/webhook"}
    }
    assert "import *" in (stock / "actions/faq.py").read_text("utf-8")
    assert len(load_faq(stock / "faq").topics) == 5
    changed = {name for name, text in files(stock).items() if before.get(name) != text}
    assert changed == {"config.yml", "endpoints.yml", "actions/faq.py", "faq/faq.json", str(JOURNAL)}

    assert main(["init"]) == 0
    assert "Nothing is to be added" in capsys.readouterr().out
    assert main(["doctor"]) == 0
    assert main(["init", "--undo"]) == 0
    assert files(stock) == before
    assert not (stock / "faq").exists()
    assert main(["init", "--undo"]) == 2
    assert "nothing to take back" in capsys.readouterr().err


def test_it_asks_on_a_terminal_and_takes_no_for_an_answer(stock: Path) -> None:
    before = files(stock)
    asking = pexpect.spawn(sys.executable, ["-m", "faq_component.cli", "init"], encoding="utf-8", timeout=60)
    asking.expect("Write these changes")
    asking.sendline("n")
    asking.expect("Nothing was changed")
    asking.expect(pexpect.EOF)
    assert files(stock) == before


def test_where_nobody_can_be_asked_nothing_is_written(stock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(stock)
    assert main(["init"]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert files(stock) == before


def test_a_file_edited_since_is_not_taken_back(stock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--yes"])
    config = stock / "config.yml"
    config.write_text(config.read_text("utf-8") + "# mine\n", "utf-8")
    assert main(["init", "--undo"]) == 1
    assert "config.yml: left, since it was edited" in capsys.readouterr().out
    assert config.read_text("utf-8").endswith("# mine\n")
    assert (stock / "endpoints.yml").read_text("utf-8") == ENDPOINTS


def test_rasa_is_not_loaded(stock: Path) -> None:
    code = (
        "import sys; from faq_component.cli import main; main(['init', '--yes']); main(['doctor']); "
        "sys.exit(int(bool({'rasa', 'rasa_sdk', 'tensorflow', 'torch'} & set(sys.modules))))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            "importers:\n- name: RasaFileImporter # x\npipeline:\n- name: DIETClassifier\npolicies:\n- name: Other\n",
            {
                "importers": IMPORTERS,
                "pipeline": [{"name": "DIETClassifier"}, RECALL],
                "policies": [{"name": "Other"}, {"name": "RulePolicy"}],
            },
        ),
        (
            "importers:\npipeline:\n- name: faq_component.rasa.FaqRecall\n  faq: mine\n",
            {"importers": IMPORTERS, "pipeline": [{**RECALL, "faq": "mine"}]},
        ),
    ],
)
def test_what_a_project_has_stays(stock: Path, config: str, expected: dict[str, Any]) -> None:
    write(stock, {"config.yml": config})
    texts = additions(RasaProject(stock), "faq")
    assert yaml.safe_load(texts["config.yml"]) == expected


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("pipeline: [{name: DIETClassifier}]\n", "'pipeline' is no list with a line for each item"),
        ("importers:\n- name: own.Importer\npipeline:\n- name: X\n", "its importer Importer reads"),
        ("pipeline:\n\t- name: X\n", "config.yml is not YAML"),
    ],
)
def test_what_is_not_understood_changes_nothing(
    stock: Path, capsys: pytest.CaptureFixture[str], config: str, said: str
) -> None:
    write(stock, {"config.yml": config})
    before = files(stock)
    assert main(["init", "--yes"]) == 2
    assert said in capsys.readouterr().err
    assert files(stock) == before


def test_without_rasa_a_default_pipeline_is_not_guessed(stock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_component.project.additions.find_spec", lambda name: None)
    with pytest.raises(NotUnderstoodError, match="Rasa, whose own would be taken, is not installed here"):
        additions(RasaProject(stock), "faq")


@pytest.mark.parametrize(
    ("existing", "added"),
    [
        ({"actions.py": "import os\n"}, {"actions.py"}),
        ({}, {"actions/__init__.py", "actions/faq.py"}),
        ({"actions/own.py": "from faq_component.rasa.actions import *\n"}, set()),
        ({"actions/faq.py": "x = 1\n"}, {"actions/faq_actions.py"}),
    ],
)
def test_where_the_actions_go(tmp_path: Path, existing: dict[str, str], added: set[str]) -> None:
    write(tmp_path, {"config.yml": CONFIG, **existing})
    texts = additions(RasaProject(tmp_path), "faq")
    assert {name for name in texts if name.startswith("actions")} == added
    for name in added - {"actions/__init__.py"}:
        assert "from faq_component.rasa.actions import *" in texts[name]
        assert texts[name].startswith(existing.get("actions.py", ""))
    assert yaml.safe_load(texts["endpoints.yml"])["action_endpoint"]["url"]  # there was no such file


def test_an_faq_that_is_there_is_named_and_kept(stock: Path) -> None:
    write(stock, {"my_faq/one.json": "{}"})
    texts = additions(RasaProject(stock), "my_faq")
    assert "faq: my_faq" in texts["config.yml"]
    assert not [name for name in texts if name.endswith(".json")]
    assert "faq: sqlite:///faq.db" in additions(RasaProject(stock), "sqlite:///faq.db")["config.yml"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_new_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--new", "shop", "--language", language]) == 0
    assert main(["init", "--new", "shop"]) == 2
    assert "shop is not empty" in capsys.readouterr().err
    monkeypatch.chdir("shop")
    assert len(load_faq("faq").topics) == 5
    assert yaml.safe_load(Path("config.yml").read_text("utf-8"))["language"] == language
    assert Path(".gitignore").is_file()
    assert main(["doctor"]) == 0
    assert "nothing found" in capsys.readouterr().out


def test_outside_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("init", "doctor"):
        assert main([command]) == 2
        assert "there is no config.yml" in capsys.readouterr().err
