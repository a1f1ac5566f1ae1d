"""What the bot itself says: files of languages and tones, edits of them, and the real bot with them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from faq_component.dialogue.voice import LATER_SENTENCES, SENTENCES, Voices, read_voice
from faq_component.errors import VoiceError

SHIPPED = Path("bot/voice")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "voice")
    return tmp_path / "voice"


def edit(file: Path, text: str) -> None:
    stamp = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text, "utf-8")
    os.utime(file, ns=(stamp + 10**9, stamp + 10**9))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_package_has_phrases_without_a_hotline(language: str) -> None:
    voice = read_voice(language)
    assert set(voice.sentences) == SENTENCES | LATER_SENTENCES
    assert {"utter_unknown", "utter_rephrase", "utter_feedback_thanks", "utter_unavailable"} == set(voice.responses)
    assert not any(char.isdigit() for texts in voice.responses.values() for text in texts for char in text)
    other = {"zh": "en", "en": "zh"}[language]
    assert Voices(language).of(other).first("greeting") == read_voice(other).first("greeting")


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yml")), ids=lambda file: file.stem)
def test_every_shipped_voice_has_all_names_of_the_first(file: Path) -> None:
    voice, first = read_voice(file), read_voice(SHIPPED / "zh.yml")
    assert set(voice.responses) == set(first.responses)
    assert set(voice.sentences) == set(first.sentences) == SENTENCES | LATER_SENTENCES
    values = {"number": "HW1", "item": "杯", "status": "运输中", "detail": "明天到"}
    assert "{" not in voice.say("utter_order_status", **values) + voice.say("utter_order_not_found", **values)


def test_a_file_older_than_a_sentence_takes_it_from_the_package(folder: Path) -> None:
    for file, language in (("zh.yml", "zh"), ("fr.yml", "en"), ("shop.yml", "zh")):  # another's is that of its greeting
        text = (folder / f"{language}.yml").read_text("utf-8")
        lines = [line for line in text.splitlines() if line.strip().partition(":")[0] not in LATER_SENTENCES]
        edit(folder / file, "\n".join(lines))
        assert read_voice(folder / file).sentences["ask_reason"] == read_voice(language).sentences["ask_reason"]
    assert set(read_voice(folder / "zh-warm.yml").sentences) == SENTENCES | LATER_SENTENCES


def test_a_tone_says_what_it_leaves_out_as_its_language(folder: Path) -> None:
    edit(folder / "zh-brief.yml", "sentences: {greeting: 您好}")
    voice = read_voice(folder / "zh-brief.yml")
    assert voice.first("greeting") == "您好"
    assert voice.first("ask_back") == read_voice(folder / "zh.yml").first("ask_back")


def test_the_language_is_that_of_the_conversation_in_the_same_tone_where_there_is_one(folder: Path) -> None:
    voices = Voices(folder / "zh-warm.yml")
    warm = read_voice(folder / "zh-warm.yml").first("greeting")
    assert [voices.of(code).first("greeting") for code in (None, "zh", "fr", "../zh", "EN")] == [warm] * 5
    assert voices.of("en").first("greeting") == "Hello, how can I help you?"
    edit(folder / "en-warm.yml", "sentences: {greeting: Hi!}")
    assert voices.of("en").first("greeting") == "Hi!"


def test_another_language_that_is_faulty_from_the_first_is_not_said(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    voices = Voices(folder / "zh.yml")
    good = (folder / "en.yml").read_text("utf-8")
    edit(folder / "en.yml", "sentences: {greeting: Hello}")
    for _ in range(2):
        assert voices.of("en").first("greeting") == voices.of().first("greeting")
    assert caplog.text.count("sentences lack") == 1
    edit(folder / "en.yml", good)
    assert voices.of("en").first("greeting") == "Hello, how can I help you?"


def test_an_edit_counts_at_once_and_a_faulty_one_is_logged_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = folder / "zh.yml"
    good = file.read_text("utf-8")
    voices = Voices(file)
    edit(file, good.replace("您是不是想问：", "您想问哪个？"))
    assert voices.of().say("ask_back") == "您想问哪个？"
    edit(file, "sentences: [")
    assert voices.of().say("ask_back") == voices.of().say("ask_back") == "您想问哪个？"
    assert len([record for record in caplog.records if "is not YAML" in record.message]) == 1
    edit(file, good + "\n")
    assert voices.of().say("ask_back") == "您是不是想问："


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sentences: {greet: 您好}", "unknown sentence 'greet'"),
        ("responses: {utter_ok: {text: 好}}", "'utter_ok' must be a sentence"),
        ("responses: {utter_ok: []}", "'utter_ok' must be a sentence"),
        ("responses: [好]", "must give each name a sentence"),
        ("say: {}", "must have the sections"),
        ("x: 2026-02-30", "is not YAML"),
        ("x: " + "[" * 5_000, "is not YAML"),
        ("sentences: {greeting: 您好}", "sentences lack ask_back"),
    ],
)
def test_a_faulty_file_is_one_sentence(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "zh.yml").write_text(text, "utf-8")
    with pytest.raises(VoiceError, match=fault):
        Voices(tmp_path / "zh.yml")
    with pytest.raises(VoiceError, match="correct the setting 'voice'"):
        Voices(tmp_path / "none.yml")


def test_braces_of_no_value_stay(folder: Path) -> None:
    edit(folder / "zh.yml", (folder / "zh.yml").read_text("utf-8").replace("您好，", "您好 {} {x} { {number}，"))
    said = read_voice(folder / "zh.yml").say("greeting", number="{x}", empty=None)
    assert said == "您好 {} {x} { {x}，请问有什么可以帮您？"
