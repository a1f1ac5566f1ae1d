"""The READMEs: short, alike in both languages, and what they show happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from faq_component import Assistant, Settings
from tests.documentation.pages import READMES, blocks
from tests.servers import Bot, new_sender


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.name)
def test_about_six_kilobytes(readme: Path) -> None:
    assert 4_000 < len(readme.read_bytes()) <= 6_500


def test_both_languages_have_the_same_code_pages_and_figures() -> None:
    english, chinese = (readme.read_text("utf-8") for readme in READMES)
    assert blocks(READMES[0], "text") == blocks(READMES[1], "text")
    assert blocks(READMES[0], "python") == blocks(READMES[1], "python")
    assert re.findall(r"0\.\d+", english) == re.findall(r"0\.\d+", chinese)
    links = [re.findall(r"\((docs/[\w/-]+)", text) for text in (english, chinese)]
    assert links[0] == links[1]


def test_the_lines_of_python_answer(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(READMES[0], "python")
    assert len(code.splitlines()) == 6
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - this repository's own page
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "answer 运费多少"
    assert printed[1]


def test_the_lines_of_the_configuration_name_what_there_is() -> None:
    import faq_component.rasa

    for readme in READMES:
        (code,) = blocks(readme, "yaml")
        lines = yaml.safe_load(code)
        for item in (*lines["importers"], *lines["pipeline"]):
            assert hasattr(faq_component.rasa, item["name"].rpartition(".")[2])


@pytest.fixture
def said() -> list[tuple[str, list[str]]]:
    """Each message of the transcript, with the lines that the bot is shown to answer."""
    turns: list[tuple[str, list[str]]] = []
    for line in blocks(READMES[0], "text")[0].splitlines():
        who, text = line[:2], line[2:].strip()
        if who == "你>":
            turns.append((text, []))
        else:
            turns[-1][1].append(text if who == "机>" else line.strip())
    return turns


def test_the_transcript_is_what_the_bot_says(bot: Bot, said: list[tuple[str, list[str]]]) -> None:
    """What is drawn at random may be another response of the same topic, or of the same phrase."""
    sender = new_sender()
    with Assistant(Settings(log="none")) as assistant:
        for message, shown in said:
            replies = bot.say(message, sender)
            if shown[0].startswith("您是不是想问"):
                titles = [button["title"] for button in replies[-1]["buttons"]]
                assert re.findall(r"\d: (\S+)", shown[1]) == titles
            elif message == "2":
                chosen = assistant.faq.by_id["cancel_before"]
                assert {shown[0], replies[0]["text"]} <= set(chosen.responses)
            elif len(shown) == len(replies) == 2 or "HW" in shown[0]:
                assert replies[-1]["text"] == shown[-1]
            else:
                answer = assistant.answer(message)
                if answer.topic:
                    assert {shown[0], replies[0]["text"]} <= set(answer.topic.responses)
