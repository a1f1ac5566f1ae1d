"""The page on which a bot is tried: a conversation, the reasons of each decision, and what it should have been."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, g, render_template, request

from faq_component.dialogue.message_limits import MESSAGE_LIMITS
from faq_component.errors import FaqDataError, FaqError
from faq_component.knowledge.responses import message_of
from faq_component.knowledge.topics import Topic
from faq_component.language import _
from faq_component.studio.access import Role, needs
from faq_component.studio.trial.turns import Asked, Turn, take_turn
from faq_component.studio.workbench import ConflictError, Workbench, digest
from faq_component.usage.figure_tables import outcome_names

_HITS = 8


def make_trial(workbench: Workbench) -> Blueprint:
    """Return the pages on which the bot is tried."""
    pages, trial = Blueprint("trial", __name__, url_prefix="/try"), _TrialPages(workbench)
    pages.add_url_rule("", "page", trial.page)
    pages.add_url_rule("", "ask", trial.ask, methods=["POST"])
    pages.add_url_rule("/teach", "teach", trial.teach, methods=["POST"])
    return pages


class _TrialPages:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    def page(self) -> Any:
        """Show the page, with the titles of all topics to choose from; what its address asks is asked at once."""
        faq = self._workbench.faq
        tags = sorted({tag for topic in faq.topics for tag in topic.options.tags})
        return render_template(
            "trial/page.html.jinja",
            titles=[topic.title for topic in faq.topics],
            tags=tags,
            channels=["socketio", *MESSAGE_LIMITS],
            asked=Asked.read(request.args) or Asked(""),
        )

    @needs(Role.READER)
    def ask(self) -> Any:
        """Show what the bot says to a message, how sure it is and why, and the topics that are nearest."""
        asked = Asked.read(request.form)
        if asked is None:
            abort(422)
        self._workbench.assistant.live.refresh()  # so that what was just taught is known
        try:
            turn = take_turn(asked, self._workbench.assistant)
        except FaqError as error:
            return _said(Turn(asked, None), fault=str(error))
        return _said(turn)

    def teach(self) -> Any:
        """Make a message a phrasing of the topic that has the id, or the title, of the form; and ask it again."""
        asked, name = Asked.read(request.form), request.form.get("topic", "").strip()
        if asked is None or not asked.text:
            abort(422)
        text = " ".join(asked.text.split())
        topic = self._workbench.faq.named(name)
        if topic is None:
            return _taught(_("No topic is called “{name}”; choose one of the list.").format(name=name)), 422
        if text in topic.posts:
            return _taught(_("“{title}” has this phrasing already.").format(title=topic.title), topic)
        assistant, with_it = self._workbench.assistant, replace(topic, posts=(*topic.posts, text))
        try:
            before = take_turn(asked, assistant)
            what = f"studio: teach {topic.title}"
            self._workbench.change(topic.id, digest(topic), with_it, who=g.who, what=what)
            assistant.live.refresh()
            after = take_turn(asked, assistant)
        except ConflictError:
            return _taught(_("Somebody has just changed the topic; press the button again.")), 409
        except FaqDataError as error:
            return _taught("; ".join(error.faults)), 422
        except FaqError as error:
            return _taught(str(error)), 422
        sentence = _("Added to “{title}”.").format(title=topic.title)
        return _taught(sentence, with_it, [(_("before"), before), (_("now"), after)])


def _said(turn: Turn, fault: str = "") -> str:
    answer, found = turn.answer, []
    if answer is not None and turn.explanation is not None:
        by_id = answer.faq.by_id
        found = [(by_id[one.hit.topic_id], one) for one in turn.explanation.hits if one.hit.topic_id in by_id][:_HITS]
    message = message_of(answer.response) if answer else {}
    return render_template(
        "trial/said.html.jinja", turn=turn, asked=turn.asked, answer=answer, why=turn.explanation, fault=fault,
        hits=found, message=message, outcomes=outcome_names(),
    )  # fmt: skip


def _taught(sentence: str, topic: Topic | None = None, turns: list[tuple[str, Turn]] | None = None) -> str:
    values = {"sentence": sentence, "topic": topic, "turns": turns or [], "outcomes": outcome_names()}
    return render_template("trial/taught.html.jinja", **values)
