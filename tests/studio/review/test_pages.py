"""The review in the studio: clusters and what becomes of them, ratings, and conversations."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from faq_component.studio.workbench import Workbench
from faq_component.usage.events import Event, Kind, iso
from faq_component.usage.labels import labels_of
from faq_component.usage.log import UsageLog
from faq_component.usage.questions import open_questions, out_of_scope_texts
from tests.studio.conftest import HOST, Page, acts

SCRIPT = "<script>alert(1)</script>\x1b[2J"
HX = {"HX-Request": "true"}


def ago(hours: float) -> str:
    return iso(datetime.now(timezone.utc) - timedelta(hours=hours))


@pytest.fixture
def log(workbench: Workbench) -> UsageLog:
    log = UsageLog(workbench.settings.log)
    vain = {"量子力学怎么学": 3, "能不能带狗": 2, SCRIPT: 1}
    log.append(
        Event(Kind.DECISION, "reject", text=text, conversation=f"u{text}", channel="web", time=ago(number + 1))
        for text, count in vain.items()
        for number in range(count)
    )
    return log


def card(page: Page, at: str = "") -> str:
    return page.until(f"/review?at={at}", "Looking through")


def fields(shown: str) -> dict[str, Any]:
    """The fields of the card's form, as a browser sends them."""
    (key,) = set(re.findall(r'name="at" value="(\w+)"', shown))
    return {"at": key, "text": re.findall(r'name="text" value="(\w+)"', shown)}


def open_texts(log: UsageLog, workbench: Workbench) -> list[str]:
    return [question.text for question in open_questions(log.events(), workbench.faq)]


def test_without_a_log_there_is_nothing(page: Page) -> None:
    assert "Nothing to review" in card(page)
    assert "No answer was called not useful" in page.get("/review/ratings")
    assert "No conversation has this" in page.get("/review/conversations")


def test_clusters_are_decided_one_after_the_other(page: Page, workbench: Workbench, log: UsageLog) -> None:
    shown = card(page)
    assert "1 of 3 · asked 3 times" in shown
    shown = page.post("/review/decide", **fields(shown), action="out_of_scope")
    assert "Out of scope: not shown again" in shown
    assert "1 of 2 · asked 2 times" in shown
    shown = page.post("/review/decide", **fields(shown), action="to:hours")
    assert "Added to “营业时间”" in shown
    assert workbench.faq.by_id["hours"].posts[-1] == "能不能带狗"
    assert workbench.live.by_id["hours"].posts[-1] != "能不能带狗"  # which is in the draft
    assert open_texts(log, workbench) == ["<script>alert(1)</script>\x1b[2J"]
    assert out_of_scope_texts(log.events()) == ["量子力学怎么学"]
    assert [(label.text, label.topic) for label in labels_of(log.events())][-1] == ("能不能带狗", "hours")
    assert "Nothing to review" in page.post("/review/decide", **fields(shown), action="done")
    assert acts(workbench) == ["review", "edit", "review", "review"]


def test_a_decision_is_undone_with_its_topic(page: Page, workbench: Workbench, log: UsageLog) -> None:
    before, first = workbench.faq.by_id["hours"], card(page)
    page.post("/review/decide", **fields(first), action="to:hours")
    page.post("/review/undo")
    assert workbench.faq.by_id["hours"] == before
    shown = card(page)
    assert fields(shown) == fields(first)
    page.post("/review/decide", **fields(shown), action="new", title="学习", answer="看书。")
    shown = page.post("/review/decide", **fields(card(page)), action="out_of_scope")
    assert len(open_texts(log, workbench)) == 1
    page.post("/review/undo")
    shown = page.post("/review/undo")
    assert "1 of 3" in shown
    assert workbench.faq.by_id.keys() == workbench.live.by_id.keys()
    assert len(open_texts(log, workbench)) == 3
    assert (labels_of(log.events()), out_of_scope_texts(log.events())) == ([], [])
    assert "nothing to undo" in page.post("/review/undo")
    assert acts(workbench).count("review") == 6


def test_what_has_changed_since_is_not_undone(page: Page, workbench: Workbench, log: UsageLog) -> None:
    page.post("/review/decide", **fields(card(page)), action="to:hours")
    workbench.change_all(lambda faq: faq.without({"hours"}), {}, who="wang", what="x")
    assert "has been changed since" in page.post("/review/undo", 409)
    assert len(open_texts(log, workbench)) == 2


def test_wordings_that_do_not_belong_stay(page: Page, workbench: Workbench) -> None:
    log = UsageLog(workbench.settings.log)
    log.append(Event(Kind.DECISION, "reject", text=text) for text in ("狗能进泳池吗", "狗能不能进泳池"))
    shown = card(page)
    texts = fields(shown)["text"]
    assert isinstance(texts, list)
    assert len(texts) == 2
    shown = page.post("/review/decide", at=fields(shown)["at"], text=texts[:1], action="out_of_scope")
    assert fields(shown)["text"] == texts[1:]
    page.post("/review/undo")
    assert fields(card(page))["text"] == texts


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"action": "new", "title": "学习"}, "needs a title and an answer"),
        ({"action": "new", "title": "营业时间", "answer": "x"}, "there is a topic"),
        ({"action": "add", "topic": "飞行"}, "No topic is called"),
        ({"action": "to:nobody"}, "No topic is called"),
        ({"action": "done", "text": ["not of this cluster"]}, "Tick at least one"),
    ],
)
def test_what_is_not_complete_changes_nothing(
    page: Page, workbench: Workbench, log: UsageLog, given: dict[str, Any], sentence: str
) -> None:
    shown = card(page)
    before = workbench.faq.fingerprint
    assert sentence in page.post("/review/decide", 422, **{**fields(shown), **given})
    assert workbench.faq.fingerprint == before
    assert len(open_texts(log, workbench)) == 3


@pytest.mark.usefixtures("log")
def test_somebody_else_was_faster(page: Page) -> None:
    shown = card(page)
    page.post("/review/decide", **fields(shown), action="done")
    assert "Somebody has reviewed this already" in page.post("/review/decide", **fields(shown), action="to:hours")


@pytest.mark.usefixtures("log")
def test_a_card_alone_is_for_htmx(page: Page) -> None:
    card(page)
    assert "<html" not in page.get("/review/card", headers=HX)
    assert "<html" in page.get("/review/card")


@pytest.mark.usefixtures("log")
def test_hostile_questions_are_inert(page: Page) -> None:
    shown = [card(page), page.get("/review/conversations")]
    shown += [page.get(f"/review/conversations/{name}") for name in re.findall(r"conversations/(\w{16})", shown[-1])]
    assert len(shown) > 3
    for text in [*shown, page.get(f"/review?at={SCRIPT}"), page.get(f"/review/conversations?q={SCRIPT}")]:
        assert "<script>alert" not in text
        assert "\x1b" not in text


def test_bad_ratings_show_reason_comment_and_answer(page: Page, log: UsageLog) -> None:
    known: dict[str, Any] = {"topic": "hours", "text": "几点开门", "conversation": "u"}
    log.append([Event(Kind.FEEDBACK, outcome, **known) for outcome in ("useless", "outdated")])
    log.append([Event(Kind.FEEDBACK, "comment", text=f"{SCRIPT}换时间了 13812345678", topic="hours", conversation="u")])
    log.append([Event(Kind.FEEDBACK, "useless", topic="ticket", conversation="v")])
    log.append([Event(Kind.FEEDBACK, "useful", topic="ticket", conversation="v")])  # who thought better of it
    shown = page.get("/review/ratings")
    assert "answer outdated" in shown
    assert "换时间了 [手机号]" in shown
    assert "<script>alert" not in shown
    assert "每天6点到22点。" in shown
    assert 'href="/topics/hours"' in shown
    assert "门票价格" not in shown
    assert "No answer was called" in page.get("/review/ratings?why=unclear")
    assert "几点开门" in page.get("/review/ratings?why=outdated&from=x")


def test_conversations_are_found_and_shown_in_order(page: Page, log: UsageLog) -> None:
    u: dict[str, Any] = {"conversation": "a", "channel": "wechat"}
    log.append(
        [
            Event(
                Kind.DECISION, "clarify", text="想办个卡", topics=(("card", 0.6), ("hours", 0.5)), confidence=0.6, **u
            ),
            Event(Kind.PICK, "picked", text="想办个卡", topic="card", **u),
            Event(Kind.FEEDBACK, "useful", text="想办个卡", topic="card", **u),
        ]
    )
    shown = page.get("/review/conversations?channel=wechat")
    (name,) = re.findall(r"conversations/(\w{16})", shown)
    assert name in page.get("/review/conversations?outcome=picked")
    assert name in page.get("/review/conversations?q=办个")
    assert name not in page.get("/review/conversations?outcome=reject")
    assert "No conversation" in page.get("/review/conversations?q=办个&from=2020-01-01&until=2020-01-02")
    assert "No conversation" in page.get("/review/conversations?page=99")
    shown = page.get(f"/review/conversations/{name}")
    places = [shown.index(text) for text in ("想办个卡", "asked to clarify", "picks: 办年卡", "useful")]
    assert places == sorted(places)
    page.get("/review/conversations/nobody", 404)


@pytest.mark.usefixtures("log")
def test_changes_need_the_token(page: Page) -> None:
    for place in ("decide", "undo", "again"):
        assert page.client.post(f"/review/{place}", base_url=HOST).status_code == 403
    page.post("/review/again", 302)


def test_a_refused_decision_keeps_what_was_typed(page: Page, log: UsageLog) -> None:
    sent = fields(card(page))
    shown = page.post("/review/decide", 422, **sent, action="new", title="狗<b>", answer="")
    assert "A new topic needs a title and an answer" in shown
    assert 'name="title" autocomplete="off" value="狗&lt;b&gt;"' in shown
    assert "<details open><summary data-key=" in shown
    shown = page.post("/review/decide", 422, **sent, action="add", topic="没有的主题")
    assert re.search(r'<input name="topic"[^>]* value="没有的主题"', shown)
    assert "<details><summary data-key=" in page.get("/review")
