"""Test sets: their files, their runs, and what one FAQ changes against another."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.cli import main
from faq_component.errors import FaqDataError, FaqError
from faq_component.evaluation.question_table import BETTER, WORSE, TableQuestion
from faq_component.evaluation.test_sets.runs import SetRuns, ask, changes
from faq_component.evaluation.test_sets.sets import MOST_QUESTIONS, QuestionSet, QuestionSets
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq
from faq_component.settings import Settings
from tests.caches import warmed
from tests.evaluation.test_question_table import TOPICS

RETURN = TableQuestion("东西不想要了", "怎么退货", "return")
QUESTIONS = (RETURN, TableQuestion("今天星期几", ""), TableQuestion("换货怎么办理"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An FAQ searched by keywords, so that no encoder needs to run."""
    (tmp_path / "faq.json").write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    settings = Settings(faq=str(tmp_path / "faq.json"), retriever="keyword", log="none")
    return settings.override(cache_dir=warmed(tmp_path / "cache"), test_sets=str(tmp_path / "sets"))


@pytest.fixture
def faq(settings: Settings) -> Faq:
    return load_faq(Path(settings.faq))


@pytest.fixture
def sets(settings: Settings) -> QuestionSets:
    return QuestionSets(settings)


def test_a_set_with_questions_of_users_is_for_its_owner_alone_from_then_on(sets: QuestionSets, faq: Faq) -> None:
    def mode(name: str) -> int:
        return (sets.folder / f"{name}.csv").stat().st_mode & 0o777

    sets.edit("open", faq, lambda before: before.adding(QUESTIONS))
    as_others = mode("open")
    assert as_others == 0o666 & ~_umask()
    sets.edit("log", faq, lambda before: before.adding(QUESTIONS), private=True)
    sets.edit("open", faq, lambda before: before.adding([TableQuestion("问", "")]), private=True)
    assert (mode("log"), mode("open")) == (0o600, 0o600)
    sets.edit("open", faq, lambda before: before.adding([TableQuestion("又问", "")]))
    assert (mode("open"), len(sets.read("open", faq).questions)) == (0o600, len(QUESTIONS) + 2)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_set_is_read_as_it_was_written_and_keeps_ids_of_topics(sets: QuestionSets, faq: Faq) -> None:
    sets.write(QuestionSet("退货 1", QUESTIONS))
    assert sets.names() == ["退货 1"]
    assert sets.read("退货 1", faq).questions == QUESTIONS
    renamed = Faq.of(replace(topic, title="退货") if topic.id == "return" else topic for topic in faq.topics)
    assert sets.read("退货 1", renamed).questions[0].expected == "退货"
    gone = sets.read("退货 1", faq.without({"return"})).questions[0]
    assert (gone.expected, gone.topic_id) == ("return", "return")


def test_a_file_that_people_wrote_is_a_set(sets: QuestionSets, faq: Faq) -> None:
    sets.folder.mkdir()
    (sets.folder / "mine.csv").write_text("问题,主题\n东西不想要了,怎么退货\n今天星期几,无\n", "gb18030")
    assert sets.read("mine", faq).questions == QUESTIONS[:2]
    (sets.folder / "mine.csv").write_text("question,topic\n,return\n", "utf-8")
    with pytest.raises(FaqDataError, match="row 2"):
        sets.read("mine", faq)


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a\nb", "x" * 61, "a\\b", "~", "尾."])
def test_a_name_is_no_path(sets: QuestionSets, faq: Faq, name: str) -> None:
    assert not sets.has(name)
    with pytest.raises(FaqError):
        sets.edit(name, faq, lambda one: one.adding([RETURN]))
    with pytest.raises(FaqError):
        sets.read(name, faq)
    sets.remove(name)


def test_a_formula_in_a_question_stays_a_text(sets: QuestionSets, faq: Faq) -> None:
    text = '=HYPERLINK("http://evil.example","退货")'
    sets.write(QuestionSet("a", (TableQuestion(text),)))
    with (sets.folder / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][0] == f"'{text}"
    assert sets.read("a", faq).questions[0].text == text


def test_adding_replaces_the_same_question_and_has_bounds() -> None:
    one = QuestionSet("a", QUESTIONS).adding([TableQuestion("东西不想要了？", "")])
    assert [question.expected for question in one.questions] == ["", "", None]
    many = [TableQuestion(f"问题{number}") for number in range(MOST_QUESTIONS + 1)]
    with pytest.raises(FaqDataError, match="at most 5000"):
        one.adding(many)
    for text in (" ", "长" * 1001):
        with pytest.raises(FaqDataError):
            one.adding([TableQuestion(text)])


@pytest.fixture
def draft(faq: Faq) -> Faq:
    """The FAQ whose topic of returns does not know its first post any more."""
    return Faq.of(replace(topic, posts=topic.posts[1:]) if topic.id == "return" else topic for topic in faq.topics)


def test_what_a_draft_changes_is_said_by_question(settings: Settings, faq: Faq, draft: Faq) -> None:
    live, edited = Assistant.over(faq, settings), Assistant.over(draft, settings)
    found = changes(QuestionSet("a", QUESTIONS), live, edited)
    assert [(one.question, one.change) for one in found.changed] == [("东西不想要了", WORSE)]
    assert found.changed[0].before == "answered: 怎么退货"
    assert (found.before.correct, found.before.hit) != (None, None)
    assert found.before.correct is not None
    assert found.after.correct is not None
    assert (found.before.correct.value, found.after.correct.value) == (1.0, 0.5)
    assert found.after.correct.low < found.after.correct.value < found.after.correct.high
    back = changes(QuestionSet("a", QUESTIONS), edited, live)
    assert [one.change for one in back.changed] == [BETTER]
    assert changes(QuestionSet("a", QUESTIONS), live, live).changed == ()
    gone = changes(QuestionSet("a", QUESTIONS), live, Assistant.over(faq.without({"return"}), settings))
    assert [one.change for one in gone.changed] == [WORSE]


def test_another_title_is_no_change(settings: Settings, faq: Faq) -> None:
    renamed = Faq.of(replace(topic, title=f"新{topic.title}") for topic in faq.topics)
    after = Assistant.over(renamed, settings)
    assert changes(QuestionSet("a", QUESTIONS), Assistant.over(faq, settings), after).changed == ()


def test_runs_are_kept_and_read_back(settings: Settings, faq: Faq, caplog: pytest.LogCaptureFixture) -> None:
    runs = SetRuns(settings)
    assert runs.last("a") is None
    first = ask(QuestionSet("a", QUESTIONS), Assistant.over(faq, settings), who="li")
    second = replace(first, time="9" + first.time[1:])
    runs.keep(first)
    runs.keep(second)
    assert list(runs.of("a")) == [second, first]
    assert (first.version, first.who) == (faq.version, "li")
    (newest,) = Path(settings.cache_dir, "test_runs/a").glob("9*.json")
    assert newest.stat().st_mode & 0o077 == 0
    newest.write_bytes(newest.read_bytes().replace(b"li", b"lo"))
    assert runs.last("a") == first
    assert "damaged" in caplog.text
    with pytest.raises(FaqError, match="no question yet"):
        ask(QuestionSet("a", ()), Assistant.over(faq, settings), who="li")


@pytest.fixture
def config(settings: Settings, tmp_path: Path) -> Path:
    place = tmp_path / "config.yml"
    given = {name: getattr(settings, name) for name in ("faq", "retriever", "log", "cache_dir", "test_sets")}
    place.write_text(json.dumps({"pipeline": [{"name": "x.FaqRecall", **given}]}), "utf-8")
    return place


def test_a_set_is_run_by_its_name(
    settings: Settings, sets: QuestionSets, faq: Faq, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        assert main(["hit-test", *arguments, "--config", str(config)]) == 0
        return capsys.readouterr().out

    assert "no test set yet" in run()
    sets.write(QuestionSet("退货", QUESTIONS))
    assert "not asked yet" in run()
    assert main(["hit-test", "退货", "--against", "last", "--config", str(config)]) == 2
    assert "no run to compare with" in capsys.readouterr().err
    assert "got what they should: 100.0% [100.0%, 100.0%]" in run("退货")
    assert "changed: nothing" in run("退货", "--against", "last")
    assert len(list(SetRuns(settings).of("退货"))) == 2
    assert "last asked" in run()
    run(str(sets.folder / "退货.csv"))
    assert len(list(SetRuns(settings).of("退货"))) == 2  # of a table, no run is kept
    assert main(["hit-test", "换货", "--config", str(config)]) == 2
    assert "no test set '换货'" in capsys.readouterr().err
