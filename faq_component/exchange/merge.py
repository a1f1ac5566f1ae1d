"""What was read from files, brought into a knowledge base: the plan of an import, of which nothing is written yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from faq_component.errors import FaqDataError
from faq_component.exchange.drafts import Draft, Drafts
from faq_component.exchange.faults import condensed, fault_at
from faq_component.exchange.targets import name_targets
from faq_component.knowledge.checking import check_topics
from faq_component.knowledge.store.file_form import topic_to_json
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.text import comparison_key, normalize


class Mode(Enum):
    """What becomes of topics that are there already."""

    ADD = "add"  # they get what they lack
    REPLACE = "replace"  # those that the files name become what the files say
    MIRROR = "mirror"  # the whole FAQ becomes what the files say


@dataclass(frozen=True)
class Change:
    """What happens to a topic; `before` is None for a new one, `after` for one that goes."""

    before: Topic | None
    after: Topic | None

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Posts added and removed, responses added and removed."""
        old, new = self.before, self.after
        posts = _differences(old.posts if old else (), new.posts if new else ())
        return (*posts, *_differences(old.responses if old else (), new.responses if new else ()))

    @property
    def disagrees(self) -> bool:
        """Whether a topic that had answers gets others beside them."""
        return self.before is not None and self.counts[2] > 0 and self.counts[3] == 0


@dataclass(frozen=True)
class Plan:
    """The knowledge base after an import, and each topic that the files name or that goes.

    `left_out` are sentences on topics that are not taken over, as they lack questions or answers, and `warnings` those
    of the check of the whole: the same post in two topics.
    """

    faq: Faq
    changes: tuple[Change, ...]
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def added(self) -> list[Change]:
        """Topics that are new."""
        return [change for change in self.changes if change.before is None]

    @property
    def changed(self) -> list[Change]:
        """Topics that are there and become different."""
        return [each for each in self.changes if each.before and each.after and each.before != each.after]

    @property
    def removed(self) -> list[Change]:
        """Topics that go."""
        return [change for change in self.changes if change.after is None]

    @property
    def unchanged(self) -> int:
        """How many topics of the files are in the knowledge base as they are."""
        return sum(change.before == change.after for change in self.changes)


def merge(faq: Faq | None, drafts: Drafts, mode: Mode = Mode.ADD) -> Plan:
    """Plan to bring the topics of files into a knowledge base, or into none.

    A topic of the same id or title gets the posts and responses that it lacks; posts that differ only in punctuation,
    case or width are the same. With `Mode.REPLACE` it becomes what the files say, wholly; with `Mode.MIRROR` the others
    go too, and the order is that of the files. An optional key that the files do not give stays. Where the files name
    a topic to lead on to by its title or a post, its id takes their place. The result is checked as a store checks it.

    Raises:
        FaqDataError: names every fault of the files, and every new topic without posts or responses; those that are
            optional only where there is no other topic. Else every fault that the knowledge base would have.
    """
    planned = plan_of(faq, drafts, mode)
    if not isinstance(planned, Plan):
        raise FaqDataError(condensed(planned))
    return planned


def plan_of(faq: Faq | None, drafts: Drafts, mode: Mode = Mode.ADD) -> Plan | Sequence[str]:
    """Plan as `merge` does, or return every single fault, those of rows as `RowFault`."""
    merging = _Merging(faq, drafts, mode)
    merging.faults += name_targets(faq, drafts.topics)
    for draft in drafts.topics:
        merging.add(draft)
    if not merging.changes:
        merging.faults += merging.left_out
    if merging.faults:
        return list(dict.fromkeys(merging.faults))
    plan = merging.plan()
    topics = ((topic.title, topic_to_json(topic)) for topic in plan.faq.topics)
    report = check_topics(_("after the import"), topics)
    return report.faults or replace(plan, warnings=report.warnings)


def planned_edit(plan: Plan, seen: Faq | None, drafts: Drafts, mode: Mode) -> Callable[[Faq], Faq]:
    """Return the edit of a plan; where somebody edits the knowledge base before, that edit stays.

    The edit raises `FaqDataError` where the plan would then remove topics.

    Args:
        plan: to bring `drafts` into `seen`.
        seen: the knowledge base of the plan.
        drafts: what was read.
        mode: of the plan.
    """

    def edit(faq: Faq) -> Faq:
        if seen is not None and faq.fingerprint == seen.fingerprint:
            return plan.faq
        if mode is Mode.MIRROR:
            raise FaqDataError([_("the knowledge base was edited meanwhile; run the import again")])
        return merge(faq, drafts, mode).faq

    return edit


class _Merging:
    def __init__(self, faq: Faq | None, drafts: Drafts, mode: Mode) -> None:
        self.topics = list(faq.topics) if faq else []
        self.by_id = {topic.id: at for at, topic in enumerate(self.topics)}
        self.by_title = {normalize(topic.title): at for at, topic in enumerate(self.topics)}
        self.mode = mode
        self.faults = list(drafts.faults)
        self.changes: list[Change] = []
        self.targets: dict[int, Draft] = {}
        self.left_out: list[str] = []

    def add(self, draft: Draft) -> None:
        topic = draft.topic
        same_id = self.by_id.get(topic.id) if draft.id or draft.title else None
        same_title = self.by_title.get(normalize(draft.title))
        at = same_title if same_id is None else same_id
        if same_id is not None and same_title is not None and same_id != same_title:
            message = _(
                "{where}: has the id of topic '{title}' and the title of topic '{other}' (id '{id}'); "
                "correct one of them"
            )
            titles = {"title": self.topics[same_id].title, "other": self.topics[same_title].title}
            sentence = message.format(where=draft.where, id=self.topics[same_title].id, **titles)
            self.faults.append(fault_at(draft.where, sentence))
            return
        if at is not None and at in self.targets:
            message = _("{where}: is the topic '{title}', and so is {other}; join the two")
            names = {"title": self.topics[at].title, "other": self.targets[at].where}
            self.faults.append(fault_at(draft.where, message.format(where=draft.where, **names)))
            return
        before = None if at is None else self.topics[at]
        if before is None or self.mode is not Mode.ADD:
            gaps = draft.gaps(has_title=before is not None)
            if draft.optional and not (draft.posts and draft.responses):
                self.left_out += [gap for gap in gaps if gap in (draft.no_post, draft.no_response)]
                return
            self.faults += gaps
        self.changes.append(Change(before, _after(before, draft, topic, self.mode)))
        if at is not None:
            self.targets[at] = draft

    def plan(self) -> Plan:
        named = [change.after for change in self.changes if change.after]
        after = {change.before.id: change.after for change in self.changes if change.before and change.after}
        if self.mode is Mode.MIRROR:
            gone = [topic for at, topic in enumerate(self.topics) if at not in self.targets]
            changes = (*self.changes, *(Change(topic, None) for topic in gone))
            return Plan(Faq.of(named), changes, tuple(self.left_out))
        new = [change.after for change in self.changes if change.before is None and change.after]
        topics = [*(after.get(topic.id, topic) for topic in self.topics), *new]
        return Plan(Faq.of(topics), tuple(self.changes), tuple(self.left_out))


def _after(before: Topic | None, draft: Draft, topic: Topic, mode: Mode) -> Topic:
    if before is None:
        return topic
    if mode is not Mode.ADD:
        options = draft.options_over(before.options)
        return replace(topic, id=draft.id or before.id, title=draft.title or before.title, options=options)
    keys = {comparison_key(post) for post in before.posts}
    posts = list(before.posts)
    for post in draft.posts:
        if comparison_key(post) not in keys:
            keys.add(comparison_key(post))
            posts.append(post)
    responses = [response for response in draft.responses if response not in before.responses]
    options = draft.options_over(before.options, add=True)
    return replace(before, posts=tuple(posts), responses=(*before.responses, *responses), options=options)


def _differences(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    return sum(item not in old for item in new), sum(item not in new for item in old)
