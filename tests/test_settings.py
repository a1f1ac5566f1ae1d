from pathlib import Path

import pytest

from faq_component.assistant.build_retrievers import _BUILDERS
from faq_component.assistant.build_rules import DEFAULT_THRESHOLDS
from faq_component.errors import SettingsError
from faq_component.settings import RETRIEVERS, Settings, load_settings


def test_unknown_setting_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SettingsError, match="unknown setting 'retreiver'; did you mean 'retriever'"):
        Settings.from_mapping({"retreiver": "dense"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"retriever": "bert"}, "setting 'retriever' is 'bert'; choose one of keyword, dense, hybrid, rrf"),
        ({"top_k": 0}, "setting 'top_k' is 0; it must be between 1 and 100"),
        ({"top_k": "5"}, "setting 'top_k' is '5'; it must be a whole number"),
        ({"top_k": True}, "setting 'top_k' is True; it must be a whole number"),
        ({"simplify": 1}, "setting 'simplify' is 1; it must be true or false"),
        ({"margin": 1.5}, "setting 'margin' is 1.5; it must be between 0.0 and 1.0"),
        ({"faq": 3}, "setting 'faq' must be a text"),
        ({"faq": None}, "setting 'faq' is None; it must be a text"),
        ({"log": "off"}, "setting 'log' is 'off'; it must be the path of a file, or none to keep no log"),
        ({"log": False}, "setting 'log' is False; it must be the path of a file, or none to keep no log"),
        ({"keyword_weight": float("nan")}, "must be between 0.0 and 1.0"),
    ],
)
def test_wrong_values_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping(values)
    assert message in str(caught.value)


def test_open_thresholds_are_allowed() -> None:
    assert Settings.from_mapping({"margin": None, "answer_threshold": 0.7}).answer_threshold == 0.7


def test_settings_are_read_from_the_rasa_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- name: JiebaTokenizer\n- name: a.b.FaqRecall\n  faq: my/faq\n  top_k: 3\n", "utf-8")
    settings = load_settings(config)
    assert (settings.faq, settings.top_k, settings.retriever) == ("my/faq", 3, Settings().retriever)


@pytest.mark.parametrize(
    ("language", "own", "voice"),
    [("language: en", "", "en"), ("language: zh", "", "zh"), ("", "", "zh"), ("language: en", "voice: v.yml", "v.yml")],
)
def test_the_phrases_are_in_the_language_of_the_project(language: str, own: str, voice: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"{language}\npipeline:\n- name: a.b.FaqRecall\n  {own or 'top_k: 3'}\n", "utf-8")
    assert load_settings(config).voice == voice


def test_a_wrong_setting_names_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- name: a.b.FaqRecall\n  fag: my/faq\n", "utf-8")
    with pytest.raises(SettingsError, match=r"config\.yml: unknown setting 'fag'; did you mean 'faq'"):
        load_settings(config)


def test_without_a_configuration_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "absent.yml") == Settings()


def test_a_file_that_is_not_yaml(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline: [", "utf-8")
    with pytest.raises(SettingsError, match="is not YAML"):
        load_settings(config)


def test_every_retriever_can_be_built_and_has_thresholds() -> None:
    assert set(_BUILDERS) == set(RETRIEVERS)
    assert set(RETRIEVERS) - {"milvus", "elasticsearch"} == set(DEFAULT_THRESHOLDS)  # their modes have them
