"""The pages of the review: one cluster after the other, ratings, and conversations."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from faq_component.errors import FaqDataError, FaqError, ReviewError, UsageLogError
from faq_component.knowledge.responses import said
from faq_component.knowledge.store import Edit
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.studio.access.sessions import Person
from faq_component.studio.asked import asked_day, asked_page
from faq_component.studio.paging import page_count
from faq_component.studio.review.queue import Item, Queue
from faq_component.studio.text_keys import text_key
from faq_component.studio.workbench import Workbench
from faq_component.usage.conversations import bad_ratings, conversations, events_of
from faq_component.usage.events import NONE_OF_THESE, PICKED, USELESS, WHY
from faq_component.usage.figure_tables import outcome_names
from faq_component.usage.figures import Figures, Span
from faq_component.usage.log import UsageLog
from faq_component.usage.questions import WHY_REASONS, Reason
from faq_component.usage.resolve import Action, Resolution, Step, resolve_one, undo

PAGE = 50  # ratings or conversations of a page
_DAYS = 30
_MOST_STEPS = 100  # of a person that can be undone
_SHOWN_WORDINGS = 50


@dataclass(frozen=True)
class _Done:
    """A decision on an item, and what stood behind the item."""

    step: Step
    item: Item
    next_key: str | None


class _OfDraft:
    """The draft of the studio, as a review edits it."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    def load(self) -> Faq:
        """Return the draft."""
        return self._workbench.faq

    def edit(self, edit: Edit, *, who: str, what: str) -> Faq:
        """Change it."""
        return self._workbench.change_all(edit, {}, who=who, what=what)


def make_review(workbench: Workbench, queue: Queue | None) -> Blueprint:
    """Return the pages of the review; without a queue, no log is kept."""
    pages, review = Blueprint("review", __name__, url_prefix="/review"), _ReviewPages(workbench, queue)
    pages.add_url_rule("", "page", review.page)
    pages.add_url_rule("/card", "card", review.card)
    pages.add_url_rule("/decide", "decide", review.decide, methods=["POST"])
    pages.add_url_rule("/undo", "undo", review.undo, methods=["POST"])
    pages.add_url_rule("/again", "again", review.again, methods=["POST"])
    pages.add_url_rule("/ratings", "ratings", review.ratings)
    pages.add_url_rule("/conversations", "conversations", review.conversations)
    pages.add_url_rule("/conversations/<name>", "conversation", review.conversation)
    return pages


class _ReviewPages:
    def __init__(self, workbench: Workbench, queue: Queue | None) -> None:
        self._workbench = workbench
        self._queue = queue
        self._log = queue.log if queue is not None else None
        self._lock = threading.Lock()
        self._steps: defaultdict[Person, list[_Done]] = defaultdict(list)

    def page(self) -> Any:
        """Show the first cluster, or that of the address, and begin to look for them."""
        if self._queue is not None:
            self._queue.refresh()
        return self._shown(self._card(request.args.get("at", "")))

    def card(self) -> Any:
        """Show a cluster."""
        return self._shown(self._card(request.args.get("at", "")))

    def decide(self) -> Any:
        """Do what was decided on a cluster, and show the next one."""
        queue, log = self._opened()
        key = request.form.get("at", "")
        items = queue.items
        place = next((at for at, item in enumerate(items) if item.key == key), None)
        if place is None:
            sentence = _("Somebody has reviewed this already; this is what is open now.")
            return self._shown(self._card("", said=sentence))
        item, behind = items[place], [other.key for other in items[place + 1 :]]
        try:
            resolution = self._resolution(item)
            step = resolve_one(resolution, _OfDraft(self._workbench), log, who=g.who)
        except (ReviewError, FaqDataError) as error:
            return self._shown(self._card(key, faults=error.faults)), 422
        except FaqError as error:
            return self._shown(self._card(key, faults=(str(error),))), 422
        queue.decided(key, resolution.texts)
        self._workbench.audit("review", edit=_sentence(resolution))
        with self._lock:
            self._steps[g.session.person].append(_Done(step, item, behind[0] if behind else None))
            del self._steps[g.session.person][:-_MOST_STEPS]
        still_there = any(other.key == key for other in queue.items)
        at = key if still_there else behind[0] if behind else ""
        return self._shown(self._card(at, said=_sentence(resolution)))

    def undo(self) -> Any:
        """Take the last decision of this person back, and show its cluster."""
        queue, log = self._opened()
        with self._lock:
            steps = self._steps[g.session.person]
            done = steps.pop() if steps else None
        if done is None:
            sentence = _("There is nothing to undo: you have decided on nothing since the studio was started.")
            return self._shown(self._card(request.form.get("at", ""), said=sentence))
        try:
            undo(done.step, _OfDraft(self._workbench), log, who=g.who)
        except (ReviewError, FaqDataError) as error:
            return self._shown(self._card("", faults=error.faults)), 409
        except FaqError as error:
            return self._shown(self._card("", faults=(str(error),))), 422
        queue.put_back(done.item, done.next_key)
        self._workbench.audit("review", edit=_("Undone."))
        return self._shown(self._card(done.item.key, said=_("Undone.")))

    def again(self) -> Any:
        """Look through the log again."""
        self._opened()[0].refresh(now=True)
        return redirect(url_for("review.page"))

    def ratings(self) -> Any:
        """Show the answers that users called not useful, with reasons and comments."""
        why = request.args.get("why", "")
        first, last = _span()
        reasons = {name: _(WHY_REASONS[name].value) for name in WHY}
        values = {"first": first, "last": last, "why": why, "reasons": reasons}
        try:
            found = bad_ratings(self._log, Span.of_days(first, last), why=why) if self._log else []
        except UsageLogError as error:
            return render_template("review/ratings.html.jinja", rows=[], pages=1, page=1, fault=str(error), **values)
        page, pages = _page(len(found))
        by_id = self._workbench.faq.by_id
        rows = [
            (one, by_id.get(one.rating.topic), _answers(by_id.get(one.rating.topic)))
            for one in found[(page - 1) * PAGE : page * PAGE]
        ]
        return render_template("review/ratings.html.jinja", rows=rows, page=page, pages=pages, fault="", **values)

    def conversations(self) -> Any:
        """Show conversations, by outcome, channel, day and words."""
        first, last = _span()
        outcome, words = request.args.get("outcome", ""), request.args.get("q", "").strip()
        given = request.args.get("channel", "*")
        page = asked_page()
        names = {**outcome_names(), PICKED: _("picked a topic"), NONE_OF_THESE: _("none of these")}
        names |= {USELESS: _("answer not useful")}
        values = {"first": first, "last": last, "outcome": outcome, "words": words, "channel": given, "page": page}
        span = Span.of_days(first, last)
        try:
            found = self._log and conversations(
                self._log,
                span,
                outcome=outcome if outcome in names else "",
                channel=None if given == "*" else given,
                words=words,
                most=PAGE + 1,
                skip=(page - 1) * PAGE,
            )
            channels = list(Figures(self._log, span).by("channel")) if self._log else []
        except UsageLogError as error:
            found, channels, values["fault"] = [], [], str(error)
        return render_template(
            "review/conversations.html.jinja",
            **{"fault": "", **values},
            rows=(found or [])[:PAGE],
            more=len(found or []) > PAGE,
            names=names,
            channels=channels,
        )

    def conversation(self, name: str) -> Any:
        """Show a conversation as the log has it."""
        try:
            events = events_of(self._log, name) if self._log else []
        except UsageLogError as error:
            abort(422, str(error))
        if not events:
            abort(404)
        by_id = self._workbench.faq.by_id
        rows = [
            (event, by_id.get(event.topic), [by_id.get(topic) for topic, _score in event.topics[:3]])
            for event in events
        ]
        return render_template(
            "review/conversation.html.jinja", rows=rows, answers=_answers, reasons=WHY_REASONS, outcomes=outcome_names()
        )

    def _shown(self, values: dict[str, Any]) -> str:
        """Show a card; the whole page around it, unless htmx asks."""
        if request.headers.get("HX-Request"):
            return render_template("review/card.html.jinja", **values)
        titles = [topic.title for topic in self._workbench.faq.topics]
        return render_template("review/page.html.jinja", titles=titles, **values)

    def _opened(self) -> tuple[Queue, UsageLog]:
        if self._queue is None or self._log is None:
            abort(404)
        return self._queue, self._log

    def _resolution(self, item: Item) -> Resolution:
        """Read what was decided from the form.

        Raises:
            ReviewError: it is not complete.
        """
        ticked = set(request.form.getlist("text"))
        texts = tuple(text for text in item.cluster.texts if text_key(text) in ticked)
        if not texts:
            raise ReviewError([_("Tick at least one question.")])
        action = request.form.get("action", "")
        if action == "new":
            title, answer = (request.form.get(name, "").strip() for name in ("title", "answer"))
            if not title or not answer:
                raise ReviewError([_("A new topic needs a title and an answer.")])
            return Resolution(Action.NEW_TOPIC, texts, title, answer)
        simple = {"out_of_scope": Action.OUT_OF_SCOPE, "done": Action.DONE}
        if action in simple:
            return Resolution(simple[action], texts)
        named = action.removeprefix("to:") if action.startswith("to:") else request.form.get("topic", "").strip()
        topic = self._workbench.faq.named(named)
        if topic is None:
            raise ReviewError([_("No topic is called “{name}”; choose one of the list.").format(name=named)])
        return Resolution(Action.ADD, texts, topic.title)

    def _card(self, at: str, *, said: str = "", faults: tuple[str, ...] | list[str] = ()) -> dict[str, Any]:
        """Return the values of the card of an item, or of the first one."""
        queue = self._queue
        if queue is None or not queue.is_ready:
            return {
                "item": None,
                "looking": queue is not None,
                "has_log": queue is not None,
                "said": said,
                "faults": faults,
            }
        items = queue.items
        place = next((number for number, item in enumerate(items) if item.key == at), 0)
        item = items[place] if items else None
        reasons: Counter[Reason] = Counter()
        for question in item.cluster.questions if item else ():
            reasons.update(question.reasons)
        return {
            "item": item,
            "looking": False,
            "has_log": True,
            "fault": queue.fault,
            "place": place + 1,
            "count": len(items),
            "before": items[place - 1].key if place else None,
            "after": items[place + 1].key if place + 1 < len(items) else None,
            "reasons": [(_(reason.value), number) for reason, number in reasons.most_common()],
            "shown": _SHOWN_WORDINGS,
            "text_key": text_key,
            "said": said,
            "faults": faults,
            "can_undo": bool(self._steps.get(g.session.person)),
        }


def _sentence(resolution: Resolution) -> str:
    sentences: dict[Action, Callable[[], str]] = {
        Action.ADD: lambda: _("Added to “{title}”.").format(title=resolution.title),
        Action.NEW_TOPIC: lambda: _("Made the topic “{title}”.").format(title=resolution.title),
        Action.OUT_OF_SCOPE: lambda: _("Out of scope: not shown again."),
        Action.DONE: lambda: _("Done: comes back only if it goes wrong again."),
    }
    return sentences[resolution.action]()


def _answers(topic: Topic | None) -> list[str]:
    return [text for response in topic.responses for text in said(response)] if topic else []


def _span() -> tuple[date, date]:
    today = datetime.now(timezone.utc).date()
    first, last = sorted((asked_day("from") or today - timedelta(days=_DAYS - 1), asked_day("until") or today))
    return max(first, last - timedelta(days=365)), last


def _page(count: int) -> tuple[int, int]:
    pages = page_count(count, PAGE)
    return min(asked_page(), pages), pages
