"""The pages of topics: the list, and the form of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from faq_component.dialogue.shown_messages import CHANNELS, shown_messages
from faq_component.errors import FaqDataError
from faq_component.knowledge.topics import Topic
from faq_component.language import _
from faq_component.lint.configured import Linter
from faq_component.studio.access import Role, needs
from faq_component.studio.asked import asked_page
from faq_component.studio.paging import page_count
from faq_component.studio.topics.addresses import TopicIdConverter
from faq_component.studio.topics.arranging import add_arranging
from faq_component.studio.topics.form import TopicForm
from faq_component.studio.topics.listing import STATES, rows_of
from faq_component.studio.topics.remarks import Remarks
from faq_component.studio.workbench import ConflictError, Workbench, digest

PAGE = 100  # topics of a page


def make_topics(workbench: Workbench) -> Blueprint:
    """Return the pages of topics."""
    pages, topics = Blueprint("topics", __name__, url_prefix="/topics"), _TopicPages(workbench)
    pages.record_once(lambda state: state.app.url_map.converters.update(topic_id=TopicIdConverter))
    pages.add_url_rule("", "listed", topics.listed)
    pages.add_url_rule("/new", "new", topics.new)
    pages.add_url_rule("/new", "create", topics.create, methods=["POST"])
    pages.add_url_rule("/preview", "preview", topics.preview, methods=["POST"])
    pages.add_url_rule("/check", "check", topics.check, methods=["POST"], defaults={"topic_id": ""})
    pages.add_url_rule("/<topic_id:topic_id>", "one", topics.one)
    pages.add_url_rule("/<topic_id:topic_id>", "save", topics.save, methods=["POST"])
    pages.add_url_rule("/<topic_id:topic_id>/remove", "remove", topics.remove, methods=["POST"])
    pages.add_url_rule("/<topic_id:topic_id>/check", "check", topics.check, methods=["POST"])
    add_arranging(pages, workbench)
    return pages


class _TopicPages:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._remarks = Remarks(workbench.assistant, Linter(workbench.settings))

    def listed(self) -> Any:
        """Show the topics that a query asks for; where htmx asks, only the rows."""
        query = {name: request.args.get(name, "").strip() for name in ("q", "tag", "state", "by")}
        page = asked_page()
        faq = self._workbench.faq
        rows = rows_of(self._workbench, faq, query)
        shown = rows[(page - 1) * PAGE : page * PAGE]
        pages = page_count(len(rows), PAGE)
        values = {"rows": shown, "count": len(rows), "query": query, "page": page, "pages": pages}
        if request.headers.get("HX-Request"):
            return render_template("rows.html.jinja", **values)
        tags = sorted({tag for topic in faq.topics for tag in topic.options.tags})
        return render_template("topics.html.jinja", tags=tags, states=STATES, **values)

    def new(self) -> Any:
        """Show an empty form; with `title`, that is its first phrasing too."""
        title = request.args.get("title", "").strip()
        return _page(TopicForm(title=title, posts=[title], responses=[""]), None)

    def create(self) -> Any:
        """Add a topic."""
        form = TopicForm.read(request.form)
        topic, faults = form.topic()
        faults = faults or self._change(None, "", topic, f"studio: add {topic.title}")
        return _saved(topic.id) if not faults else (_page(form, None, faults=faults), 422)

    def one(self, topic_id: str) -> Any:
        """Show the form of a topic."""
        topic = self._topic(topic_id)
        return _page(TopicForm.of(topic), topic, saved=bool(request.args.get("saved")))

    def save(self, topic_id: str) -> Any:
        """Save a form; where somebody was faster, show both."""
        form, before = TopicForm.read(request.form), request.form.get("before", "")
        topic, faults = form.topic(self._workbench.faq.by_id.get(topic_id), topic_id)
        try:
            faults = faults or self._change(topic_id, before, topic, f"studio: edit {topic.title}")
        except ConflictError as conflict:
            if conflict.now is None:
                gone = _(
                    "Somebody has removed the topic meanwhile. Save again to make a new one with what you have typed."
                )
                return _page(form, None, faults=[gone]), 409
            return _page(form, conflict.now, theirs=conflict.now), 409
        if not faults:
            return _saved(topic_id)
        return _page(form, self._workbench.faq.by_id.get(topic_id), before=before, faults=faults), 422

    def remove(self, topic_id: str) -> Any:
        """Remove a topic, unless somebody has changed it meanwhile."""
        topic = self._topic(topic_id)
        try:
            faults = self._change(topic_id, request.form.get("before", ""), None, f"studio: remove {topic.title}")
        except ConflictError as conflict:
            fault = _("Somebody has changed the topic meanwhile: look at it, then remove it again.")
            return _page(TopicForm.of(conflict.now or topic), conflict.now, faults=[fault]), 409
        return (_page(TopicForm.of(topic), topic, faults=faults), 422) if faults else redirect(url_for("topics.listed"))

    @needs(Role.READER)
    def check(self, topic_id: str) -> Any:
        """Show what there is to say of a form as it is typed."""
        before = self._workbench.faq.by_id.get(topic_id)
        topic, faults = TopicForm.read(request.form).topic(before)
        found = self._remarks.of(topic, before)
        return render_template("remarks.html.jinja", remarks=found, faults=faults)

    @needs(Role.READER)
    def preview(self) -> Any:
        """Show the answers of a form as a channel shows them."""
        topic, _faults = TopicForm.read(request.form).topic(topic_id="preview")  # deriving one takes 47 MB
        channel = request.form.get("preview_channel", "")
        if channel not in CHANNELS:
            abort(422)
        answers = []
        for response in topic.responses:
            answer = {"text": response} if isinstance(response, str) else response.to_json()
            for_others = answer.get("channel") not in (None, channel)
            answers.append(None if for_others else shown_messages(answer, channel))
        return render_template("topics/preview.html.jinja", answers=answers, channel=channel)

    def _change(self, topic_id: str | None, before: str, new: Topic | None, what: str) -> list[str]:
        """Change a topic, and return the faults for which nothing was changed."""
        try:
            self._workbench.change(topic_id, before, new, who=g.who, what=what)
        except FaqDataError as error:
            return list(error.faults)
        return []

    def _topic(self, topic_id: str) -> Topic:
        topic = self._workbench.faq.by_id.get(topic_id)
        if topic is None:
            abort(404)
        return topic


def _saved(topic_id: str) -> Any:
    return redirect(url_for("topics.one", topic_id=topic_id, saved=1))


def _page(
    form: TopicForm,
    topic: Topic | None,
    *,
    before: str | None = None,
    faults: Sequence[str] = (),
    theirs: Topic | None = None,
    saved: bool = False,
) -> str:
    stamp = before if before is not None else (digest(topic) if topic else "")
    shown = TopicForm.of(theirs) if theirs else None
    return render_template(
        "topic.html.jinja",
        form=form,
        topic=topic,
        before=stamp,
        faults=faults,
        theirs=shown,
        saved=saved,
        channels=CHANNELS,
    )
