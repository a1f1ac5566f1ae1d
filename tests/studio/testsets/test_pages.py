"""Test sets in the studio: from a file and from the log, run, and compared."""

from __future__ import annotations

import html
import io
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from faq_component.evaluation.test_sets.runs import SetRuns
from faq_component.evaluation.test_sets.sets import QuestionSets
from faq_component.studio.text_keys import text_key
from faq_component.studio.workbench import Workbench, digest
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from tests.studio.conftest import HOST, Page, acts

FROM_LOG: dict[str, Any] = {"from": "log"}
SCRIPT = "<script>alert(1)</script>\x1b[2J"
HEADED: tuple[list[Any], ...] = (["编号", "问题", "主题"], [1, "几点开门", "营业时间"], [2, "量子力学怎么学", "无"])


def sheet(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(page: Page, data: bytes, file: str = "questions.xlsx", status: int = 200, name: str = "开门") -> str:
    fields = {"file": (io.BytesIO(data), file), "name": name}
    answer = page.client.post("/tests", base_url=HOST, data=fields, headers={"X-CSRF-Token": page.csrf})
    assert answer.status_code == status, answer.text
    return answer.text


def fields_of(shown: str) -> dict[str, Any]:
    """The fields of the preview's form, as a browser sends them."""
    (rows,) = re.findall(r'name="rows" value="([^"]*)"', shown)
    chosen = {
        name: re.findall(rf'<select name="{name}">.*?<option value="(-?\d+)" selected', shown)
        or re.findall(rf'<input type="hidden" name="{name}" value="(\d+)"', shown)
        or ["-1"]
        for name in ("question", "topic")
    }
    headed = {"headed": "1"} if re.search(r'name="headed" value="1" checked', shown) else {}
    origin = FROM_LOG if '<input type="hidden" name="from" value="log">' in shown else {}
    return {"rows": html.unescape(rows), **{name: value[0] for name, value in chosen.items()}, **headed, **origin}


def made(page: Page, *rows: list[Any], name: str = "开门") -> None:
    page.post("/tests/save", 302, **fields_of(upload(page, sheet(*(rows or HEADED)))), name=name)


def run(page: Page, name: str = "开门") -> str:
    page.post(f"/tests/of/{name}/run", 302)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        answer = page.client.get(f"/tests/of/{name}/progress", base_url=HOST)
        if answer.headers.get("HX-Refresh"):
            return page.get(f"/tests/of/{name}?show=all")
        time.sleep(0.1)
    raise AssertionError("the run does not end")


def test_a_set_is_made_of_a_file_whose_columns_are_guessed(page: Page, workbench: Workbench) -> None:
    shown = upload(page, sheet(*HEADED))
    assert fields_of(shown)["question"] == "1"
    assert fields_of(shown)["topic"] == "2"
    assert "营业时间" in shown
    assert "none should answer" in shown
    page.post("/tests/save", 302, **fields_of(shown), name=" 开门 ")
    found = QuestionSets(workbench.settings).read("开门", workbench.faq)
    assert [(one.text, one.topic_id) for one in found.questions] == [("几点开门", "hours"), ("量子力学怎么学", "")]
    assert "开门" in page.get("/tests")
    assert "not asked yet" in page.get("/tests/of/开门")


def test_other_columns_are_chosen_and_faults_are_named_by_row(page: Page, workbench: Workbench) -> None:
    rows = sheet(["甲", "几点开门", "营业时间"], ["乙", "泳帽必须戴吗", "泳帽子"], ["丙", None, "门票价格"])
    shown = upload(page, rows)
    fields = {**fields_of(shown), "question": "1", "topic": "2"}
    shown = page.post("/tests/save", **fields, name="a", again="1")
    assert "topic &#39;泳帽子&#39; is not in the FAQ" in shown
    assert "row 2, column 3" in shown
    assert "row 3, column 2: there is no question" in shown
    assert "1 question" in shown
    page.post("/tests/save", 422, **fields, name="a")
    assert QuestionSets(workbench.settings).names() == []
    page.post("/tests/save", 302, **fields, name="a", without="1")
    assert len(QuestionSets(workbench.settings).read("a", workbench.faq).questions) == 1


@pytest.mark.parametrize(
    ("data", "called", "sentence"),
    [
        (b"", "", "Choose a file first"),
        (b"x", "questions.exe", "cannot tell what it is"),
        (b"PK\x03\x04nonsense", "questions.xlsx", "questions.xlsx"),
        (b"\xff\xfe\x00", "../../etc/a.csv", "a.csv"),
        ("\n".join(f"问题{number}" for number in range(5002)).encode(), "many.txt", "at most 5000"),
    ],
)
def test_a_file_that_is_none_is_refused(page: Page, data: bytes, called: str, sentence: str) -> None:
    shown = upload(page, data, called, 422)
    assert sentence in shown
    assert "etc" not in shown


@pytest.mark.parametrize("name", ["../up", "a/b", "", "x" * 61])
def test_a_name_is_no_path(page: Page, workbench: Workbench, name: str) -> None:
    fields = fields_of(upload(page, sheet(*HEADED)))
    assert "cannot be the name" in page.post("/tests/save", 422, **fields, name=name)
    assert not Path(workbench.settings.test_sets).exists()
    for place in ("/tests/of/..%2Fpool", "/tests/of/nobody"):
        page.get(place, 404)
        assert page.client.post(f"{place}/run", base_url=HOST, headers={"X-CSRF-Token": page.csrf}).status_code == 404


@pytest.mark.parametrize("rows", ["", "[", "[1]", "[[1]]", '[[["a"]]]', "{}", "null"])
def test_rows_of_another_form_are_refused(page: Page, rows: str) -> None:
    page.post("/tests/save", 422, rows=rows, name="a")


def test_a_run_is_kept_and_compared_with_the_one_before(page: Page, workbench: Workbench) -> None:
    made(page)
    shown = run(page)
    assert "100.0 %" in shown
    topic = workbench.faq.by_id["hours"]
    options = replace(topic.options, enabled=False)
    workbench.change("hours", digest(topic), replace(topic, options=options), who="li", what="x")
    deadline = time.monotonic() + 60
    while workbench.assistant.faq.version != workbench.faq.version and time.monotonic() < deadline:
        time.sleep(0.05)
    run(page)
    shown = page.get("/tests/of/开门")
    assert "▼ worse" in shown
    assert "answered: 营业时间" in shown  # what it was before
    assert "量子力学" not in re.sub(r"<datalist.*?</datalist>", "", shown)  # which has not changed
    first, second = reversed(list(SetRuns(workbench.settings).of("开门")))
    assert (first.who, second.version) == ("li", workbench.faq.version)
    answer = page.client.get("/tests/of/开门/result.xlsx", base_url=HOST)
    (header, *_rows) = load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
    assert header[0] == "question"


def test_questions_are_added_and_taken_out(page: Page, workbench: Workbench) -> None:
    made(page)
    page.post("/tests/of/开门/add", 302, question="年卡多少钱一张", topic="办年卡")
    assert "No topic is called" in page.post("/tests/of/开门/add", 422, question="x", topic="飞行")
    page.post("/tests/of/开门/add", 302, question="怎么学开飞机", topic="")
    page.post("/tests/of/开门/drop", 302, question=text_key("几点开门"))
    found = QuestionSets(workbench.settings).read("开门", workbench.faq)
    assert [one.expected for one in found.questions] == ["", "办年卡", ""]
    page.post("/tests/of/开门/remove", 302)
    page.get("/tests/of/开门", 404)
    assert acts(workbench) == ["test-set"] * 5  # made, two questions added, one taken out, removed


def test_a_set_is_made_of_the_log(page: Page, workbench: Workbench) -> None:
    assert "There is no log yet" in page.get("/tests")
    events = [
        Event(Kind.PICK, "picked", text="早上啥时候能进去游", topic="hours", conversation="a"),
        Event(Kind.PICK, "picked", text="谁的", topic="gone", conversation="a"),
        Event(Kind.FEEDBACK, "useful", text="几点开门", topic="hours", conversation="b"),
        Event(Kind.REVIEW, "out_of_scope", text=SCRIPT),
        Event(Kind.FEEDBACK, "useless", text="不对的", topic="hours", conversation="c"),
    ]
    UsageLog(workbench.settings.log).append(events)
    shown = page.post("/tests", **FROM_LOG, name="log")
    assert "2 questions" in shown
    assert "<script>alert" not in shown
    assert "\x1b" not in shown
    assert "3 questions" in page.post("/tests", **FROM_LOG, name="log", posts="1")
    page.post("/tests/save", 302, **fields_of(shown), name="log")
    assert (Path(workbench.settings.test_sets) / "log.csv").stat().st_mode & 0o777 == 0o600
    shown = run(page, "log")
    assert "<script>alert" not in shown
    assert "\x1b" not in shown


def test_changes_need_the_token(page: Page) -> None:
    made(page)
    for place in ("", "/save", *(f"/of/开门/{action}" for action in ("run", "add", "drop", "remove"))):
        assert page.client.post(f"/tests{place}", base_url=HOST).status_code == 403


def test_a_reader_sees_sets_and_no_button(page: Page, readers_page: Page) -> None:
    made(page)
    assert "<form" in page.get("/tests/of/开门").split("<main")[1]
    for place in ("/tests", "/tests/of/开门"):
        assert "<form" not in readers_page.get(place).split("<main")[1]
    readers_page.post("/tests/of/开门/run", 403)


def test_columns_are_asked_about_where_there_is_a_file(page: Page, workbench: Workbench) -> None:
    shown = upload(page, sheet(["问题", "应该回答"], ["几点开门", "营业时间"]))
    assert "No column is taken for the topics" in shown
    assert "No column is taken for the topics" not in upload(page, sheet(*HEADED))
    picked = Event(Kind.PICK, "picked", text="开到几点呀", topic="hours", conversation="u")
    UsageLog(workbench.settings.log).append([picked])
    shown = page.post("/tests", **FROM_LOG, name="日志")
    assert "The question is in" not in shown
    page.post("/tests/save", 302, **fields_of(shown), name="日志")
    assert "营业时间" in page.get("/tests/of/日志?show=all")
