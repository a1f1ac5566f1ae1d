"""``faq hit-test``: the tables that it reads and writes, and what it says has changed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from faq_component.cli import main
from faq_component.errors import FaqDataError, FaqError
from faq_component.evaluation.question_table import read_questions
from faq_component.evaluation.sheets import read_rows, write_rows
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.topics import Faq
from tests.caches import warmed

TOPICS = {
    "晚安": {"id": "night", "post": ["我要睡觉了", "该休息了"], "resp": ["好梦", "晚安"]},
    "怎么退货": {"id": "return", "post": ["东西不想要了", "退货怎么办理"], "resp": ["=在订单里申请退货"]},
    "怎么换货": {"id": "swap", "post": ["换货怎么办理", "想换个颜色"], "resp": [{"text": "可以换", "image": "x"}]},
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An FAQ searched by keywords, so that no encoder needs to run."""
    (tmp_path / "faq.json").write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    warmed(tmp_path)
    (tmp_path / "config.yml").write_text(
        f"pipeline: [{{name: x.FaqRecall, retriever: keyword, faq: {tmp_path}/faq.json, cache_dir: {tmp_path}}}]",
        "utf-8",
    )
    return tmp_path


def run(place: Path, *arguments: object) -> int:
    return main(["hit-test", *map(str, arguments), "--config", str(place / "config.yml")])


def workbook(file: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(file)
    return file


def table(file: Path) -> list[dict[str, Any]]:
    header, *rows = load_workbook(file).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_LANGUAGE", "zh")


@pytest.mark.usefixtures("chinese")
def test_what_each_question_gets(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = workbook(
        place / "questions.xlsx",
        ["编号", "主题", "问题"],
        [1, "怎么退货", "东西不想要了"],
        [2, "swap", "东西不想要了"],
        [3, "无", "量子力学"],
        [4, None, "怎么办理"],
    )
    assert run(place, asked, "--out", place / "out.xlsx") == 0
    first, second, third, fourth = table(place / "out.xlsx")
    assert {name: first[name] for name in ("问题", "结果", "主题", "最近的问法", "回答", "期望主题", "对错")} == {
        "问题": "东西不想要了",
        "结果": "回答",
        "主题": "怎么退货",
        "最近的问法": "东西不想要了",
        "回答": "=在订单里申请退货",
        "期望主题": "怎么退货",
        "对错": "对",
    }
    assert first["置信度"] > 0.9
    assert (second["期望主题"], second["对错"]) == ("怎么换货", "错")
    assert (third["结果"], third["期望主题"], third["对错"]) == ("不会", "无", "对")
    assert (fourth["结果"], fourth["对错"], fourth["主题"]) == ("反问", None, "怎么退货、怎么换货")
    assert fourth["第二主题"] == "怎么换货"
    assert 0 < fourth["第二得分"] <= fourth["得分"] <= 1
    out = capsys.readouterr().out
    assert "4 个问题：回答 2（50.0%）、反问 1（25.0%）、不会 1（25.0%）" in out
    assert "对：3 个里有 2 个（66.7%）；错 1" in out


def test_a_table_in_english(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = workbook(
        place / "questions.xlsx",
        ["question", "expected topic"],
        ["东西不想要了", "swap"],
        ["量子力学", "none"],
        ["怎么办理", None],
    )
    assert run(place, asked, "--out", place / "out.xlsx") == 0
    rows = table(place / "out.xlsx")
    assert [(row["result"], row["topic"], row["expected topic"], row["verdict"]) for row in rows] == [
        ("answered", "怎么退货", "怎么换货", "incorrect"),
        ("not known", None, "none", "correct"),
        ("asked to clarify", "怎么退货, 怎么换货", None, None),
    ]
    out = capsys.readouterr().out
    assert "3 questions: 1 answered (33.3%), 1 asked to clarify (33.3%), 1 not known (33.3%)" in out
    assert "correct: 1 of 2 (50.0%); incorrect 1" in out


@pytest.mark.parametrize(("first", "then"), [("zh", "en"), ("en", "zh")])
@pytest.mark.parametrize("kind", ["xlsx", "csv", "tsv"])
def test_a_table_is_compared_with_one_in_another_language(
    place: Path, kind: str, first: str, then: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = place / "questions.csv"
    asked.write_text("问题,主题\n东西不想要了,return\n想换个颜色,return\n怎么办理,\n量子,无\n", "utf-8")
    monkeypatch.setenv("FAQ_LANGUAGE", first)
    assert run(place, asked, "--out", place / f"old.{kind}") == 0
    monkeypatch.setenv("FAQ_LANGUAGE", then)
    assert run(place, place / f"old.{kind}", "--out", place / f"new.{kind}") == 0  # a table of results as questions
    capsys.readouterr()
    assert run(place, asked, "--against", place / f"old.{kind}") == 0
    assert {"en": "changed: nothing", "zh": "变化：无"}[then] in capsys.readouterr().out
    assert run(place, asked, "--against", place / f"new.{kind}") == 0
    assert {"en": "changed: nothing", "zh": "变化：无"}[then] in capsys.readouterr().out


def test_without_a_table_the_results_are_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = place / "questions.txt"
    asked.write_text("东西不想要了\n\n[red]量子[/red]\n", "utf-8")
    assert run(place, asked) == 0
    out = capsys.readouterr().out
    assert "answered: 怎么退货" in out
    assert "[red]量子[/red]" in out
    assert "2 questions" in out


def test_where_the_table_cannot_be_written_the_results_are_shown(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = place / "questions.txt"
    asked.write_text("东西不想要了\n", "utf-8")
    assert run(place, asked, "--out", asked / "out.xlsx") == 2
    captured = capsys.readouterr()
    assert "answered: 怎么退货" in captured.out
    assert "out.xlsx cannot be written: " in captured.err


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("kind", ["xlsx", "csv", "tsv"])
def test_what_changed_against_an_older_table(place: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = place / "questions.csv"
    asked.write_text("问题,主题\n东西不想要了,return\n想换个颜色,怎么换货\n该休息了,\n", "utf-8")
    old = place / f"old.{kind}"
    assert run(place, asked, "--out", old) == 0
    edited: dict[str, Any] = json.loads(json.dumps(TOPICS))
    edited["怎么换货"]["post"].append(edited["怎么退货"]["post"].pop(0))
    edited["晚安"]["post"].append("再见")
    (place / "faq.json").write_text(json.dumps(edited, ensure_ascii=False), "utf-8")
    asked.write_text(asked.read_text("utf-8") + "再见,晚安\n", "utf-8")
    capsys.readouterr()
    assert run(place, asked, "--against", old, "--out", place / "new.xlsx") == 0
    rows = table(place / "new.xlsx")
    assert [(row["之前"], row["变化"]) for row in rows] == [
        ("回答：怎么退货", "变坏"),
        ("回答：怎么换货", None),
        ("回答：晚安", None),
        (None, "新问题"),
    ]
    out = capsys.readouterr().out
    assert "回答：怎么换货" in out
    assert "该休息了" not in out
    assert "变化：变坏 1、新问题 1" in out


def test_what_changed_against_another_knowledge_base(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    older = {title: value for title, value in TOPICS.items() if title != "晚安"}
    (place / "older.json").write_text(json.dumps(older, ensure_ascii=False), "utf-8")
    asked = place / "questions.tsv"
    asked.write_text("question\texpected\n我要睡觉了\tnight\n想换个颜色\tswap\n", "utf-8")
    assert run(place, asked, "--against", place / "older.json", "--out", place / "new.csv") == 0
    with (place / "new.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["before"], row["change"], row["verdict"]) for row in rows] == [
        ("not known", "better", "correct"),
        ("answered: 怎么换货", "", "correct"),
    ]
    assert "changed: better 1" in capsys.readouterr().out
    assert run(place, asked, "--against", place / "faq.json") == 0
    assert "changed: nothing" in capsys.readouterr().out


def test_a_table_of_results_can_be_asked_again(place: Path) -> None:
    asked = workbook(place / "questions.xlsx", ["问题", "期望主题"], ["东西不想要了", "怎么换货"])
    assert run(place, asked, "--out", place / "out.xlsx") == 0
    assert [question.expected for question in read_questions(place / "out.xlsx", load_faq(place / "faq.json"))] == [
        "怎么换货"
    ]


FORMULAS = ["=1+1", "'=1", "''+1", "+86 10", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    for name in ("a.xlsx", "a.csv", "a.tsv"):
        write_rows(tmp_path / name, ["问题"], [[text]])
        assert [[cell.text for cell in row] for row in read_rows(tmp_path / name)] == [["问题"], [text]]
    assert load_workbook(tmp_path / "a.xlsx").worksheets[0]["A2"].data_type == "s"
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[1].lstrip('"').startswith("'")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).filter(str.strip), min_size=1)
)
def test_texts_come_back_as_they_were(tmp_path: Path, texts: list[str]) -> None:
    for name in ("a.xlsx", "a.csv", "a.tsv"):
        write_rows(tmp_path / name, ["问题"], [[text] for text in texts])
        assert [row[0].text for row in read_rows(tmp_path / name)[1:]] == [text.strip() for text in texts]


def test_tables_of_a_chinese_excel(place: Path) -> None:
    (place / "gbk.csv").write_bytes("问题,主题\n想换个颜色,怎么换货\n".encode("gb18030"))
    faq = load_faq(place / "faq.json")
    assert [(q.text, q.expected) for q in read_questions(place / "gbk.csv", faq)] == [("想换个颜色", "怎么换货")]


def read(place: Path, name: str) -> Any:
    faq: Faq = load_faq(place / "faq.json")
    return read_questions(place / name, faq)


def test_faults_name_sheet_row_and_column(place: Path) -> None:
    workbook(place / "a.xlsx", ["问题", "主题"], ["晚安", "早安"], [None, "晚安"], ["#N/A", None])
    book = load_workbook(place / "a.xlsx")
    book.worksheets[0].title = "问法"
    book.save(place / "a.xlsx")
    with pytest.raises(FaqDataError) as error:
        read(place, "a.xlsx")
    assert "sheet '问法', row 4, column 1: shows the error #N/A" in str(error.value)
    book.worksheets[0]["A4"] = "好"
    book.save(place / "a.xlsx")
    with pytest.raises(FaqDataError) as error:
        read(place, "a.xlsx")
    assert "sheet '问法', row 2, column 2: topic '早安' is not in the FAQ" in str(error.value)
    assert "row 3, column 1: there is no question" in str(error.value)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.docx", b"", "cannot tell what it is; give a file that ends in .xlsx"),
        ("a.xlsx", b"PK nothing", "not an Excel workbook"),
        ("a.csv", b"\xff\xff\xff", "is neither UTF-8 nor GB18030"),
        ("a.csv", b"", "there is no question in it"),
        ("a.csv", "问题\n".encode(), "there is no question in it"),
    ],
)
def test_files_that_cannot_be_read(place: Path, name: str, data: bytes, message: str) -> None:
    (place / name).write_bytes(data)
    with pytest.raises(FaqError, match=message):
        read(place, name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{place}/absent.xlsx"], "absent.xlsx cannot be read: No such file"),
        (["{place}/q.txt", "--out", "out.pdf"], "--out is 'out.pdf'; give a name that ends in .xlsx, .csv, .tsv"),
        (["{place}/q.txt", "--against", "{place}/q.csv"], "has no column question, result, topic"),
        (["{place}/q.txt", "--against", "{place}/absent"], "there is no such file or folder"),
    ],
)
def test_wrong_use(place: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("q.txt", "q.csv"):
        (place / name).write_text("晚安\n", "utf-8")
    assert run(place, *(argument.format(place=place) for argument in arguments)) == 2
    assert message in capsys.readouterr().err
