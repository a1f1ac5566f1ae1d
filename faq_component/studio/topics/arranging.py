"""The pages on which phrasings change their topic: moved, split off, or merged with those of another topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from faq_component.errors import FaqDataError
from faq_component.knowledge.options import Options
from faq_component.knowledge.regroup import merge_topics, move_posts, split_topic
from faq_component.knowledge.topic_id import derive_topic_id
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import N_, _, listed
from faq_component.studio.access import Role, needs
from faq_component.studio.topics.form import readable, typed
from faq_component.studio.workbench import ConflictError, Workbench, digest

_LISTS = ("tags", "related", "follow", "negatives")
_NAMES = {
    "tags": N_("Tags"),
    "enabled": N_("Switched on"),
    "valid": N_("Answered from, until"),
    "related": N_("Related topics"),
    "follow": N_("Buttons after the answer"),
    "negatives": N_("Must not find it"),
    "recommend": N_("Offered at the beginning of a conversation"),
    "handoff": N_("After the answer, a person takes over"),
}


@dataclass(frozen=True)
class Key:
    """An optional key on which two topics differ.

    Args:
        field: of `Options`.
        name: for people.
        mine: its value in the topic itself.
        other: its value in the other topic.
        is_list: whether both values can be joined.
    """

    field: str
    name: str
    mine: str
    other: str
    is_list: bool


def add_arranging(pages: Blueprint, workbench: Workbench) -> None:
    """Add the pages to those of topics."""
    arranging = _ArrangingPages(workbench)
    pages.add_url_rule("/<topic_id:topic_id>/arrange", "arrange", arranging.page)
    pages.add_url_rule("/<topic_id:topic_id>/move", "move", arranging.move, methods=["POST"])
    pages.add_url_rule("/<topic_id:topic_id>/split", "split", arranging.split, methods=["POST"])
    pages.add_url_rule("/<topic_id:topic_id>/merge", "merging", arranging.merging)
    pages.add_url_rule("/<topic_id:topic_id>/merge", "merge", arranging.merge, methods=["POST"])


class _ArrangingPages:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    @needs(Role.EDITOR)
    def page(self, topic_id: str) -> Any:
        """Show the phrasings, to be moved or split off, and a field for a topic to merge with."""
        return self._page(self._topic(topic_id), request.args.getlist("post"))

    def move(self, topic_id: str) -> Any:
        """Move the chosen phrasings to the topic of the form."""
        topic, posts = self._topic(topic_id), request.form.getlist("post")
        target = self._workbench.faq.named(request.form.get("target", "").strip())
        if target is None or target.id == topic.id:
            return self._page(topic, posts, [_("Choose the topic that gets the phrasings.")], 422)
        if not posts:
            return self._page(topic, posts, [_("Choose the phrasings first.")], 422)
        before = {topic_id: request.form.get("before", ""), target.id: digest(target)}
        what = _("studio: move {count} phrasings from {title} to {target}")
        what = what.format(count=len(posts), title=topic.title, target=target.title)
        faults, status = self._changed(lambda faq: move_posts(faq, topic_id, target.id, posts), before, what)
        return self._page(self._topic(topic_id), posts, faults, status) if faults else _saved(target.id)

    def split(self, topic_id: str) -> Any:
        """Make a new topic of the chosen phrasings, with the chosen answers and one that is typed."""
        topic, posts = self._topic(topic_id), request.form.getlist("post")
        title, answer = request.form.get("title", "").strip(), request.form.get("answer", "").strip()
        chosen = set(request.form.getlist("response"))
        responses = [one for number, one in enumerate(topic.responses) if str(number) in chosen]
        if not posts or not title:
            return self._page(topic, posts, [_("Choose the phrasings, and give the new topic a title.")], 422)
        options = replace(topic.options, related=(), follow=(), negatives=(), recommend=False)
        written = [answer.replace("\r\n", "\n")] if answer else []
        new = Topic(derive_topic_id(title), title, tuple(posts), (*responses, *written), options)
        before = {topic_id: request.form.get("before", "")}
        what = _("studio: split {title} off {topic}").format(title=title, topic=topic.title)
        faults, status = self._changed(lambda faq: split_topic(faq, topic_id, new), before, what)
        return self._page(self._topic(topic_id), posts, faults, status) if faults else _saved(new.id)

    @needs(Role.EDITOR)
    def merging(self, topic_id: str) -> Any:
        """Show two topics side by side, and what has to be decided to make them one."""
        topic, other = self._topic(topic_id), self._workbench.faq.named(request.args.get("with", "").strip())
        if other is None or other.id == topic.id:
            return self._page(topic, [], [_("Choose another topic to merge with.")], 422)
        return _merging(topic, other)

    def merge(self, topic_id: str) -> Any:
        """Make one topic of two, as decided in the form."""
        form = request.form
        topic, other = self._topic(topic_id), self._topic(form.get("with", ""))
        kept, gone = (other, topic) if form.get("id") == "other" else (topic, other)
        options = _decided(topic.options, other.options, {key: form.get(key, "") for key in _NAMES})
        chosen = {text.replace("\r\n", "\n").strip() for text in form.getlist("response")}
        answers = {typed(one).strip(): one for one in (*topic.responses, *other.responses)}
        kept_responses = [one for text, one in answers.items() if text in chosen]
        title = topic.title if form.get("title") != "other" else other.title
        before = {topic.id: form.get("before", ""), other.id: form.get("before_other", "")}
        what = _("studio: merge {title} and {other}").format(title=topic.title, other=other.title)

        def edit(faq: Faq) -> Faq:
            return merge_topics(faq, kept.id, gone.id, title=title, responses=kept_responses, options=options)

        faults, status = self._changed(edit, before, what)
        if not faults:
            return _saved(kept.id)
        now = [self._workbench.faq.by_id.get(one.id) for one in (topic, other)]
        if now[0] is None or now[1] is None:
            abort(404)
        return _merging(now[0], now[1], faults), status

    def _changed(self, edit: Callable[[Faq], Faq], before: dict[str, str], what: str) -> tuple[list[str], int]:
        """Change topics in one edit; return the faults for which nothing was changed, and their status."""
        try:
            self._workbench.change_all(edit, before, who=g.who, what=what)
        except ConflictError as conflict:
            if conflict.now is None:
                return [_("Somebody has removed one of the topics meanwhile.")], 409
            said = _("Somebody has changed “{title}” meanwhile; nothing was done. Look at it, and do it again.")
            return [said.format(title=conflict.now.title)], 409
        except FaqDataError as error:
            return list(error.faults), 422
        return [], 200

    def _page(self, topic: Topic, posts: list[str], faults: list[str] | None = None, status: int = 200) -> Any:
        titles = [one.title for one in self._workbench.faq.topics if one.id != topic.id]
        values: dict[str, Any] = {"topic": topic, "chosen": posts, "faults": faults or [], "titles": titles}
        values["typed"] = {name: request.form.get(name, "") for name in ("target", "title", "answer")}
        page = render_template("topics/arrange.html.jinja", before=digest(topic), shown=readable, **values)
        return page, status

    def _topic(self, topic_id: str) -> Topic:
        topic = self._workbench.faq.by_id.get(topic_id)
        if topic is None:
            abort(404)
        return topic


def _merging(topic: Topic, other: Topic, faults: list[str] | None = None) -> str:
    values: dict[str, Any] = {"topic": topic, "other": other, "faults": faults or [], "shown": readable}
    values["keys"] = _keys(topic.options, other.options)
    answers = {typed(one): readable(one) for one in (*topic.responses, *other.responses)}
    values["responses"] = list(answers.items())
    return render_template("topics/merge.html.jinja", before=digest(topic), before_other=digest(other), **values)


def _keys(mine: Options, other: Options) -> list[Key]:
    fields = [field for field in _NAMES if getattr(mine, field) != getattr(other, field)]
    return [
        Key(field, _(_NAMES[field]), _value(mine, field), _value(other, field), field in _LISTS) for field in fields
    ]


def _value(options: Options, field: str) -> str:
    value = getattr(options, field)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field == "valid":
        return f"{value.start or '…'} – {value.until or '…'}"
    texts = [one if isinstance(one, str) else f"{one.topic} {one.title}".strip() for one in value]
    return listed(texts) or _("none")


def _decided(mine: Options, other: Options, choices: dict[str, str]) -> Options:
    """Return the keys of the topic to be: those of the first, unless the choice is ``other`` or ``both``."""
    values = {}
    for field, choice in choices.items():
        if choice == "other":
            values[field] = getattr(other, field)
        elif choice == "both" and field in _LISTS:
            values[field] = tuple(dict.fromkeys((*getattr(mine, field), *getattr(other, field))))
    return replace(mine, **values)


def _saved(topic_id: str) -> Any:
    return redirect(url_for("topics.one", topic_id=topic_id, saved=1))
