"""The page on which a bot is tried: each message with its decision, and what it should have been."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, g, render_template, request

from faq_component.errors import FaqDataError, FaqError
from faq_component.knowledge.responses import message_of
from faq_component.knowledge.topics import Topic
from faq_component.language import _
from faq_component.studio.access import Role, needs
from faq_component.studio.workbench import ConflictError, Workbench, digest

_LONGEST = 10_000  # characters of a message
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
        """Show the page, with the titles of all topics to choose from."""
        return render_template("try.html.jinja", titles=[topic.title for topic in self._workbench.faq.topics])

    @needs(Role.READER)
    def ask(self) -> Any:
        """Show what the bot says to a message, how sure it is, and the topics that are nearest."""
        text = request.form.get("text", "").strip()
        if not text or len(text) > _LONGEST:
            abort(422)
        try:
            answer = self._workbench.assistant.answer(text)
        except FaqError as error:
            return render_template("tried.html.jinja", text=text, answer=None, fault=str(error), hits=(), message={})
        by_id = answer.faq.by_id
        hits = [(by_id[hit.topic_id], hit) for hit in answer.hits[:_HITS] if hit.topic_id in by_id]
        message = message_of(answer.response)
        return render_template("tried.html.jinja", text=text, answer=answer, fault="", hits=hits, message=message)

    def teach(self) -> Any:
        """Make a message a phrasing of the topic that has the id, or the title, of the form."""
        text, name = request.form.get("text", "").strip(), request.form.get("topic", "").strip()
        faq = self._workbench.faq
        topic = faq.by_id.get(name) or next((topic for topic in faq.topics if topic.title == name), None)
        if topic is None:
            return _taught(text, _("No topic is called “{name}”; choose one of the list.").format(name=name)), 422
        if text in topic.posts:
            return _taught(text, _("“{title}” has this phrasing already.").format(title=topic.title), topic)
        with_it = replace(topic, posts=(*topic.posts, text))
        what = f"studio: teach {topic.title}"
        try:
            self._workbench.change(topic.id, digest(topic), with_it, who=g.who, what=what)
        except ConflictError:
            return _taught(text, _("Somebody has just changed the topic; press the button again.")), 409
        except FaqDataError as error:
            return _taught(text, "; ".join(error.faults)), 422
        return _taught(text, _("Added to “{title}”.").format(title=topic.title), with_it)


def _taught(text: str, sentence: str, topic: Topic | None = None) -> str:
    return render_template("taught.html.jinja", sentence=sentence, topic=topic, text=text)
