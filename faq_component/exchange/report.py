"""What an import does, or would do, on one screen: counts by kind, each with two examples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from faq_component.exchange import Change, Drafts, Plan
from faq_component.exchange.remarks import EXAMPLES
from faq_component.knowledge import counts
from faq_component.knowledge.options import KEYS
from faq_component.language import _, listed

_IN_FULL = 12  # changes that are all listed; of more, two of each kind
_NOTES = 10
_TOLD = ("tags", "enabled", "valid")  # optional keys with sentences of their own
_SHOWN = 60  # characters of an answer


def lines(plan: Plan, drafts: Drafts, *, everything: bool = False) -> Iterator[str]:
    """The lines of a report, without the last one, which counts.

    Args:
        plan: of the import.
        drafts: what was read.
        everything: list every change and remark, not two of each kind.
    """
    notes = drafts.notes if everything else drafts.notes[:_NOTES]
    yield from (_("note: {note}").format(note=note) for note in notes)
    if len(notes) < len(drafts.notes):
        yield _("note: and {count:,} more notes; --all shows them").format(count=len(drafts.notes) - len(notes))
    kinds = [("+", plan.added), ("~", plan.changed), ("-", plan.removed)]
    few = everything or sum(len(changes) for _sign, changes in kinds) <= _IN_FULL
    for sign, changes in kinds:
        listed_changes = changes if few else changes[:EXAMPLES]
        yield from (f"  {sign} {_described(change)}" for change in listed_changes)
        if len(listed_changes) < len(changes):
            more = len(changes) - len(listed_changes)
            yield "  " + _("{sign} and {count:,} more; --all shows them").format(sign=sign, count=more)
    for did, count in drafts.remarks.counts.items():
        examples = drafts.remarks.examples[did]
        yield from _kind(_(did.value), count, examples if everything else examples[:EXAMPLES])
    if plan.left_out:
        name = _("topics left out, as they lack questions or answers")
        yield from _kind(name, len(plan.left_out), plan.left_out if everything else plan.left_out[:EXAMPLES])
    yield from _options(plan, everything=everything)
    yield from _disagreeing(plan, everything=everything)


def total(place: str, plan: Plan, *, dry_run: bool) -> str:
    """The last line: how many topics are added, changed, removed and as they were."""
    names = {
        "place": place,
        "topics": counts.topics(len(plan.added)),
        "changed": len(plan.changed),
        "same": plan.unchanged,
        "removed": len(plan.removed),
    }
    if plan.removed:
        message = _("{place}: {topics} added, {changed:,} changed, {removed:,} removed, {same:,} unchanged")
        if dry_run:
            message = _(
                "{place}: {topics} added, {changed:,} changed, {removed:,} removed, {same:,} unchanged; nothing was "
                "written (--dry-run)"
            )
    elif dry_run:
        message = _("{place}: {topics} added, {changed:,} changed, {same:,} unchanged; nothing was written (--dry-run)")
    else:
        message = _("{place}: {topics} added, {changed:,} changed, {same:,} unchanged")
    return message.format(**names)


def _described(change: Change) -> str:
    topic = change.after or change.before
    if topic is None:
        return ""
    said = counts.contents([topic]) if None in (change.before, change.after) else difference(change)
    return f"{topic.title} ({topic.id}): {said}"


def difference(change: Change) -> str:
    """Say what becomes different of a topic that is there already."""
    posts_in, posts_out, responses_in, responses_out = change.counts
    parts = [
        (posts_in, _("{count} added"), counts.posts),
        (posts_out, _("{count} removed"), counts.posts),
        (responses_in, _("{count} added"), counts.responses),
        (responses_out, _("{count} removed"), counts.responses),
    ]
    shown = [text.format(count=count(number)) for number, text, count in parts if number]
    before, after = change.before, change.after
    if before and after:
        if before.title != after.title:
            shown.append(_("title was {title}").format(title=before.title))
        if before.id != after.id:
            shown.append(_("id was {id}").format(id=before.id))
        if before.options.tags != after.options.tags:
            shown.append(_("tags: {tags}").format(tags=listed(after.options.tags) or _("none")))
        if before.options.enabled != after.options.enabled:
            shown.append(_("switched on") if after.options.enabled else _("switched off"))
        if before.options.valid != after.options.valid:
            valid = after.options.valid
            shown.append(_("valid: {start} to {until}").format(start=valid.start or "…", until=valid.until or "…"))
        old, new = before.options.to_json(), after.options.to_json()
        for key in (key for key in KEYS if key not in _TOLD and old.get(key) != new.get(key)):
            value = json.dumps(new[key], ensure_ascii=False) if key in new else _("none")
            shown.append(_("{key}: {value}").format(key=key, value=value))
    return listed(shown) or _("other order")


def _kind(name: str, count: int, examples: Sequence[str]) -> Iterator[str]:
    yield "  " + _("{what}: {count:,}").format(what=name, count=count)
    yield from (f"      {example}" for example in examples)


def _options(plan: Plan, *, everything: bool) -> Iterator[str]:
    """The topics of the files that are tagged, switched off or answered for a time only."""
    topics = [change.after for change in plan.changes if change.after]
    kinds = [
        (_("topics with tags"), [t for t in topics if t.options.tags]),
        (_("topics that are switched off, and never answered"), [t for t in topics if not t.options.enabled]),
        (_("topics that are answered for a time only"), [t for t in topics if t.options.valid.to_json()]),
    ]
    for name, found in kinds:
        if found:
            examples = [f"{topic.title}{_tags(topic.options.tags)}" for topic in found]
            yield from _kind(name, len(found), examples if everything else examples[:EXAMPLES])


def _tags(tags: Sequence[str]) -> str:
    return f" [{listed(tags)}]" if tags else ""


def _disagreeing(plan: Plan, *, everything: bool) -> Iterator[str]:
    """The topics that now have the file's answer beside the one that was there."""
    found = [change for change in plan.changed if change.disagrees]
    if not found:
        return
    name = _("topics with the new answers beside the old ones (--replace puts the new ones in their place)")
    examples = []
    for change in found if everything else found[:EXAMPLES]:
        if change.before and change.after:
            old, new = change.before.responses[0], change.after.responses[len(change.before.responses)]
            examples.append(f"{change.after.title}: {_shown(old)} | {_shown(new)}")
    yield from _kind(name, len(found), examples)


def _shown(response: object) -> str:
    text = response if isinstance(response, str) else getattr(response, "text", None) or "…"
    return " ".join(text.split())[:_SHOWN]
