"""What a person decided on questions, done: the FAQ edited, and the questions closed in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from faq_component.errors import ReviewError
from faq_component.knowledge.store import Edit
from faq_component.knowledge.topic_id import derive_topic_id
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import N_, _, listed, ngettext
from faq_component.usage.events import DONE, OUT_OF_SCOPE, POST, REOPENED, Event, Kind
from faq_component.usage.log import UsageLog
from faq_component.usage.masking import without_words
from faq_component.usage.questions import question_key


class Action(str, Enum):
    """What is done with questions."""

    ADD = N_("add")
    NEW_TOPIC = N_("new topic")
    OUT_OF_SCOPE = N_("out of scope")
    DONE = N_("done")


@dataclass(frozen=True)
class Resolution:
    """What was decided on questions.

    Args:
        action: ADD makes them posts of a topic, NEW_TOPIC a topic of their own; OUT_OF_SCOPE means that no topic ought
            to answer them, now or later; DONE that nothing is left to do, until they go wrong again.
        texts: the questions.
        title: the title of the topic, of ADD and NEW_TOPIC.
        answer: the response of a new topic.
    """

    action: Action
    texts: tuple[str, ...]
    title: str = ""
    answer: str = ""


class Editable(Protocol):
    """What a review edits: a store, or the draft of a studio."""

    def load(self) -> Faq:
        """Return the FAQ as it is."""
        ...

    def edit(self, edit: Edit, *, who: str, what: str) -> Faq:
        """Change it, as `FaqStore.edit`."""
        ...


@dataclass(frozen=True)
class Step:
    """A review that was done, which can be undone.

    Args:
        resolution: what was decided.
        before: the topics that it changed as they were, by id.
        after: the same as they became; a new topic is here only.
    """

    resolution: Resolution
    before: Mapping[str, Topic]
    after: Mapping[str, Topic]


def resolve_one(resolution: Resolution, store: Editable, log: UsageLog, *, who: str) -> Step:
    """Do what was decided on one cluster, as `resolve`, and return what undoes it."""
    before: dict[str, Topic] = {}

    class _Watched:
        load = staticmethod(store.load)

        @staticmethod
        def edit(edit: Edit, *, who: str, what: str) -> Faq:
            def watched(faq: Faq) -> Faq:
                before.clear()
                before.update(faq.by_id)
                return edit(faq)

            return store.edit(watched, who=who, what=what)

    faq = resolve([resolution], _Watched(), log, who=who)
    changed = [topic.id for topic in faq.topics if before and before.get(topic.id) != topic]
    return Step(
        resolution,
        {topic_id: before[topic_id] for topic_id in changed if topic_id in before},
        {topic_id: faq.by_id[topic_id] for topic_id in changed},
    )


def undo(step: Step, store: Editable, log: UsageLog, *, who: str) -> Faq:
    """Take a review back: its topics become what they were, and its questions are open again.

    Raises:
        ReviewError: a topic has been changed since; nothing was changed.
        FaqDataError, UsageLogError: as `resolve`.
    """

    def reverted(faq: Faq) -> Faq:
        changed = [topic.title for topic_id, topic in step.after.items() if faq.by_id.get(topic_id) != topic]
        if changed:
            message = _("'{title}' has been changed since; take the questions out of it there")
            raise ReviewError([message.format(title=title) for title in changed])
        kept = (step.before.get(topic.id) if topic.id in step.after else topic for topic in faq.topics)
        return Faq.of(topic for topic in kept if topic is not None)

    what = _("from review: undone")
    faq = store.edit(reverted, who=who, what=what) if step.after else store.load()
    log.append(Event(Kind.REVIEW, REOPENED, text, faq=faq.fingerprint) for text in step.resolution.texts)
    return faq


def resolve(resolutions: Sequence[Resolution], store: Editable, log: UsageLog, *, who: str) -> Faq:
    """Edit the FAQ as one step, then close the questions; returns the FAQ as it is then.

    Raises:
        ReviewError: a topic is missing, or nothing is left of a question without personal data; nothing was changed.
        FaqDataError: the FAQ would be faulty; nothing was changed.
        UsageLogError: the questions could not be closed; the FAQ has been edited.
    """
    edits = [item for item in resolutions if item.action in (Action.ADD, Action.NEW_TOPIC)]
    faq = store.edit(lambda before: edited(before, edits), who=who, what=_summary(edits)) if edits else store.load()
    ids = {topic.title: topic.id for topic in faq.topics}
    outcomes = {Action.OUT_OF_SCOPE: OUT_OF_SCOPE, Action.DONE: DONE}
    log.append(
        Event(Kind.REVIEW, outcomes.get(item.action, POST), text, topic=ids.get(item.title, ""), faq=faq.fingerprint)
        for item in resolutions
        for text in item.texts
    )
    return faq


def edited(faq: Faq, resolutions: Sequence[Resolution]) -> Faq:
    """The FAQ with the new topics and posts; a post of another topic that says the same moves.

    Raises:
        ReviewError: see `resolve`.
    """
    faults = []
    for item in sorted(resolutions, key=lambda item: item.action is not Action.NEW_TOPIC):
        posts = list(dict.fromkeys(map(without_words, item.texts)))
        if "" in posts:
            faults.append(
                _("'{title}': nothing is left of a question without personal data; leave it out").format(
                    title=item.title
                )
            )
        topics = {topic.title: topic for topic in faq.topics}
        if item.action is Action.NEW_TOPIC:
            if item.title in topics:
                faults.append(_("there is a topic '{title}' already; add the questions to it").format(title=item.title))
                continue
            topics[item.title] = Topic(derive_topic_id(item.title), item.title, (), (item.answer,))
        elif item.title not in topics:
            faults.append(_("there is no topic '{title}'").format(title=item.title))
            continue
        topics[item.title] = _with_posts(topics[item.title], posts)
        keys = {question_key(post) for post in posts}
        faq = Faq.of(topic if title == item.title else _without(topic, keys) for title, topic in topics.items())
    if faults:
        raise ReviewError(faults)
    return faq


def _with_posts(topic: Topic, posts: Sequence[str]) -> Topic:
    there = {question_key(post) for post in topic.posts}
    new = {question_key(post): post for post in posts if post and question_key(post) not in there}
    return replace(topic, posts=(*topic.posts, *new.values()))


def _without(topic: Topic, keys: set[str]) -> Topic:
    """The topic without these posts; it keeps them where it would have none left."""
    left = tuple(post for post in topic.posts if question_key(post) not in keys)
    return replace(topic, posts=left) if left else topic


def _summary(edits: Sequence[Resolution]) -> str:
    shown = listed(
        ngettext("{count} post to {title}", "{count} posts to {title}", len(item.texts)).format(
            count=len(item.texts), title=item.title
        )
        for item in edits[:3]
    )
    if len(edits) > 3:
        return _("from review: {edits} and {count} more").format(edits=shown, count=len(edits) - 3)
    return _("from review: {edits}").format(edits=shown)
