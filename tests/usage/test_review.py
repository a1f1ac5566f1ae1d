"""``faq review`` and ``faq usage``, as they are typed."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import openpyxl
import pexpect
import pytest

from faq_component.cli import main
from faq_component.knowledge.checking import load_faq
from faq_component.language import speaking
from faq_component.usage.log import UsageLog
from faq_component.usage.questions import open_questions, out_of_scope_texts
from tests.caches import warmed
from tests.usage.test_questions import asked, picked, rated

QUESTIONS = ["忘记密码怎么办", "密码忘了怎么办", "量子力学怎么学", "今天股票涨了吗"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration, an FAQ and a log."""
    content = {
        "退货": {"id": "return", "post": ["怎么退货", "想退货"], "resp": ["可以退。"]},
        "登录": {"id": "login", "post": ["怎么登录", "登录密码"], "resp": ["点右上角登录。"]},
    }
    (tmp_path / "faq.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    settings = f"faq: {tmp_path / 'faq.json'}, log: {tmp_path / 'usage.sqlite'}, cache_dir: {warmed(tmp_path)}"
    config = f"pipeline: [{{name: x.FaqRecall, retriever: keyword, {settings}}}]"
    (tmp_path / "config.yml").write_text(config, "utf-8")
    monkeypatch.delenv("FAQ_LOG")
    first, second, *others = QUESTIONS
    events = [asked(first, "clarify"), picked(first, "login"), *[asked(second)] * 2, *[asked(t) for t in others * 2]]
    UsageLog(tmp_path / "usage.sqlite").append([*events, rated("怎么退货", "return", "useless")])
    return tmp_path


def run(place: Path, *arguments: str) -> int:
    return main([*arguments, "--config", str(place / "config.yml")])


def left(place: Path) -> set[str]:
    faq = load_faq(place / "faq.json")
    return {question.text for question in open_questions(UsageLog(place / "usage.sqlite").events(), faq)}


def test_review_in_a_terminal(place: Path) -> None:
    command = ["-m", "faq_component.cli", "review", "--config", str(place / "config.yml")]
    terminal = pexpect.spawn(sys.executable, command, encoding="utf-8", timeout=60, dimensions=(50, 120))
    terminal.expect("1 of 4: 3 times, last on 2026-11-01")
    terminal.expect("1 picked it")
    terminal.expect("> ")
    terminal.sendline("1")  # the topic that a user picked
    terminal.expect("which questions.*> ")
    terminal.sendline("9")
    terminal.expect("write numbers from 1 to 2.*> ")
    terminal.sendline("1 2")
    terminal.expect("add '登录': 2 questions")
    terminal.expect("> ")
    for line, answer in {"n": "title", "退货": "answer", "答": "there is a topic '退货' already"}.items():
        terminal.sendline(line)
        terminal.expect(f"{answer}.*> ")
    for line, answer in {"n": "title", "学习": "answer"}.items():
        terminal.sendline(line)
        terminal.expect(f"{answer}.*> ")
    terminal.sendline("多看书。")
    terminal.expect("new topic '学习': 1 question")
    terminal.expect("> ")
    terminal.sendline("o")
    terminal.expect("out of scope: 1 question")
    terminal.expect("1 answer not useful")
    terminal.expect("> ")
    terminal.sendline("q")
    terminal.expect("questions reviewed: add 2, new topic 1, out of scope 1")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    faq = load_faq(place / "faq.json")
    assert set(faq.by_id["login"].posts) == {"怎么登录", "登录密码", *QUESTIONS[:2]}
    assert [topic.responses for topic in faq.topics if topic.title == "学习"] == [("多看书。",)]
    assert left(place) == {"怎么退货"}


def type_lines(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_topic_is_found_by_words_and_what_is_not_named_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    type_lines(monkeypatch, "t", "", "t", "登", "1", "1", "s", "?", "d")
    assert run(place, "review") == 0  # the input ends before the last cluster
    posts = load_faq(place / "faq.json").by_id["login"].posts
    assert len(posts) == 3
    assert set(QUESTIONS[:2]) - set(posts) <= left(place)
    assert len(left(place) & set(QUESTIONS[2:])) == 1


SHEETS = {
    "zh": ("问题,次数,最后一次,原因,最近主题,处理,主题,标题,答案", "加到主题,新主题,不用管,已处理"),
    "en": (
        "question,times,last asked,reason,nearest topics,action,topic,title,answer",
        "add,new topic,out of scope,done",
    ),
}


@pytest.mark.parametrize("spoken", SHEETS)
def test_review_as_an_excel_file(place: Path, spoken: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Written in a language, and read back where English is spoken."""
    file, (headings, actions) = place / "todo.xlsx", SHEETS[spoken]
    with speaking(spoken):
        assert run(place, "review", "--export", str(file)) == 0
    assert {"zh": "4 组", "en": "4 clusters"}[spoken] in capsys.readouterr().out
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    assert ",".join(str(cell.value) for cell in sheet[1]) == headings
    add, new_topic, out_of_scope, done = actions.split(",")
    todo = {
        "密码": (add, "登录"),
        "量子": (new_topic, "", "学习", "多看书。"),
        "股票": (out_of_scope,),
        "退货": (done,),
    }
    for row in sheet.iter_rows(min_row=2):
        filled = next(cells for word, cells in todo.items() if word in str(row[0].value))
        for cell, value in zip(row[5:], filled, strict=False):
            cell.value = value
    book.save(file)
    filled_in = file.read_bytes()
    assert run(place, "review", "--export", str(file)) == 2
    assert "is there already, perhaps with decisions filled in" in capsys.readouterr().err
    assert file.read_bytes() == filled_in
    assert run(place, "review", "--import", str(file)) == 0
    assert "add: 2 questions, 1 row" in capsys.readouterr().out
    assert left(place) == set()
    assert out_of_scope_texts(UsageLog(place / "usage.sqlite").events()) == ["今天股票涨了吗"]
    assert run(place, "review") == 0
    assert "nothing to review" in capsys.readouterr().out


def test_a_faulty_sheet_changes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, before = place / "todo.xlsx", (place / "faq.json").read_bytes()
    run(place, "review", "--export", str(file))
    book = openpyxl.load_workbook(file)
    book.worksheets[0]["F2"] = "加到主题"
    book.worksheets[0]["G2"] = "没有的"
    book.worksheets[0]["F3"] = "不用管"
    book.save(file)
    assert run(place, "review", "--import", str(file)) == 2
    assert "row 2, topic: '没有的' is no topic" in capsys.readouterr().err
    assert (place / "faq.json").read_bytes() == before
    assert len(left(place)) == 5


def test_review_for_programs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "review", "--json") == 0
    clusters = json.loads(capsys.readouterr().out)
    assert [cluster["count"] for cluster in clusters] == [3, 2, 2, 1]
    assert clusters[0]["nearest"][0] == {
        "topic_id": "login",
        "title": "登录",
        "score": clusters[0]["nearest"][0]["score"],
        "picked": 1,
        "useless": 0,
    }
    assert clusters[-1]["questions"] == [
        {
            "text": "怎么退货",
            "count": 1,
            "last_seen": "2026-11-09T08:00:00.000Z",
            "reasons": {"useless": 1},
            "comments": [],
        }
    ]


def test_usage_in_figures(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "usage", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["days"]["2026-11-01"] == {"clarify": 1, "reject": 6}
    assert summary["rated"] == [{"topic": "return", "useful": 0, "useless": 1, "questions": ["怎么退货"], "why": {}}]
    assert run(place, "usage") == 0
    shown = capsys.readouterr().out
    assert "2026-11-01" in shown
    assert "退货" in shown


def test_a_question_may_look_like_markup(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    UsageLog(place / "usage.sqlite").append([rated("表情[/哭]怎么发[b]", "return", "useless")])
    assert run(place, "usage") == 0
    assert "表情[/哭]怎么发[b]" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        run(place, "usage", "prune", "--older-than", "9999y")
    assert "'9999y' is longer than a hundred years" in capsys.readouterr().err


HOSTILE = ["\x1b]0;title\x07怎么办", "\x0b竖排", "\ufffe空", "半\ud83d", "\x9b31m红"]


def test_no_message_keeps_the_others_from_the_review(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = {"退货\x0b": {"id": "return", "post": ["怎么退货"], "resp": ["\x1b[2J可以退。"]}}
    (place / "faq.json").write_text(json.dumps(hostile), "utf-8")
    UsageLog(place / "usage.sqlite").append([asked(text) for text in HOSTILE * 2])
    out = place / "review.xlsx"
    assert run(place, "review", "--export", str(out)) == 0
    book = openpyxl.load_workbook(out)
    written = "".join(str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)
    assert all(text in written for text in (*QUESTIONS, "怎么办", "竖排", "空", "半", "红"))
    capsys.readouterr()
    for arguments in (["review", "--json"], ["usage"]):
        assert run(place, *arguments) == 0
        printed = capsys.readouterr().out
        assert {char for char in printed if not char.isprintable()} <= {"\n", "\ufffe"}


def test_what_is_old_is_deleted_and_what_is_out_of_scope_kept(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    type_lines(monkeypatch, "s", "o", "q")
    assert run(place, "review") == 0
    assert run(place, "usage", "prune", "--older-than", "0d") == 0
    assert "9 events" in capsys.readouterr().out
    assert run(place, "usage") == 0
    assert "the log is empty" in capsys.readouterr().out
    assert run(place, "usage", "out-of-scope", str(place / "unknown.json")) == 0
    (text,) = json.loads((place / "unknown.json").read_text("utf-8"))["reviewed"]
    assert text in QUESTIONS[2:]


def test_without_a_log(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_LOG", "none")
    assert run(place, "review") == 2
    assert "no log is kept" in capsys.readouterr().err
    monkeypatch.setenv("FAQ_LOG", str(place / "absent.sqlite"))
    assert run(place, "review") == 0
    assert "nothing to review" in capsys.readouterr().out
    assert not (place / "absent.sqlite").exists()


def test_reasons_and_comments_are_shown(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rating = rated("怎么办退货", "return", "useless", "丙")
    said = replace(rating, outcome="comment", text="早就\n不收了")
    UsageLog(place / "usage.sqlite").append([rating, replace(rating, outcome="outdated"), said])
    assert run(place, "review", "--json") == 0
    clusters = json.loads(capsys.readouterr().out)
    questions = [question for cluster in clusters for question in cluster["questions"]]
    (found,) = [question for question in questions if question["comments"]]
    assert (found["reasons"], found["comments"]) == ({"outdated": 1}, ["早就\n不收了"])
    assert run(place, "review", "--export", str(place / "review.xlsx")) == 0
    rows = openpyxl.load_workbook(place / "review.xlsx").worksheets[0].iter_rows(values_only=True)
    assert any("answer outdated 1\n“早就 不收了”" in str(row[3]) for row in rows)
    type_lines(monkeypatch, *["s"] * len(clusters))
    assert run(place, "review") == 0
    assert "“早就 不收了”" in capsys.readouterr().out
    capsys.readouterr()
    assert run(place, "usage", "--worst", "50") == 0
    assert "answer outdated 1" in capsys.readouterr().out
