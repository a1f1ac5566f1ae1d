import os
import subprocess
import sys
from pathlib import Path

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.errors import SettingsError
from faq_component.language import N_, VARIABLE, _, choose_language, language, ngettext
from faq_component.rasa.remote.assistant import open_assistant
from faq_component.settings import Settings, load_settings

CONFIG = "pipeline:\n- name: faq_component.rasa.FaqRecall\n  language: {}\n"
UP_TO_DATE = N_("The model is up to date; no training is needed.")


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("faq_component.language.choice._setting", "auto")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", VARIABLE: "en"}, "en"),
        ({"LANG": "en_US.UTF-8", VARIABLE: "zh"}, "zh"),
    ],
)
def test_the_locale_chooses_unless_the_variable_does(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_the_setting_comes_before_the_locale_and_after_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yml"
    config.write_text(CONFIG.format("zh"), "utf-8")
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    load_settings(config)
    assert language() == "zh"
    assert _(UP_TO_DATE) == "模型是最新的，不用重新训练。"
    monkeypatch.setenv(VARIABLE, "en")
    assert _(UP_TO_DATE) == UP_TO_DATE


def test_numbers_have_their_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = ("expected %s argument", "expected %s arguments")
    assert [ngettext(*forms, number) for number in (1, 2)] == list(forms)
    monkeypatch.setenv(VARIABLE, "zh")
    assert {ngettext(*forms, number) for number in (1, 2)} == {"后面要有 %s 个值"}


@pytest.mark.parametrize("value", ["fr", "auto", "zh_CN"])
def test_other_languages_are_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(ValueError, match=f"^FAQ_LANGUAGE is '{value}'; it must be en or zh$"):
        choose_language()
    with pytest.raises(SettingsError, match="FAQ_LANGUAGE"):
        load_settings("absent.yml")
    with pytest.raises(SettingsError, match="FAQ_LANGUAGE"):
        Assistant(Settings(language="zh"))
    with pytest.raises(SettingsError, match="FAQ_LANGUAGE"):
        open_assistant(Settings())
    assert language() == "en"  # what is said about it is still said in a language
    result = run_faq("check", "data/faq", {VARIABLE: value})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"faq: FAQ_LANGUAGE is '{value}'; it must be en or zh\n"


def test_a_setting_in_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the language is 'fr'; it must be auto, en or zh$"):
        choose_language("fr")


def test_a_command_speaks_the_language_of_its_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(CONFIG.format("zh"), "utf-8")
    assert "用法：" in run_faq("import", "--config", str(config), "--help", {}).stdout
    assert "usage: " in run_faq("import", "--help", {}).stdout
    config.write_text("pipeline: [", "utf-8")
    result = run_faq("export", "x.csv", "--config", str(config), {"LANG": "en_US.UTF-8"})
    assert f"faq: {config} is not YAML" in result.stderr


def run_faq(*arguments: str | dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run `faq` with arguments, the last of which are environment variables."""
    *words, given = arguments
    assert isinstance(given, dict)
    environment = {name: value for name, value in os.environ.items() if name not in (VARIABLE, "LC_ALL", "LANG")}
    command = [sys.executable, "-m", "faq_component.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env={**environment, **given}, check=False)


def test_an_assistant_speaks_the_language_of_its_settings(in_the_checkout: None) -> None:
    with Assistant(Settings(language="zh")):
        assert language() == "zh"
    with Assistant(Settings()):
        assert language() == "zh"  # one that names none leaves what was chosen
    choose_language()
    assert language() == "en"
