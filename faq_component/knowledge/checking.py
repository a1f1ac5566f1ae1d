"""Loading and checking a knowledge base."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq_component.errors import FaqDataError
from faq_component.knowledge.faults import Fault
from faq_component.knowledge.files import Contents, read_files
from faq_component.knowledge.json_source import Pairs, pairs_of
from faq_component.knowledge.leads import target_faults
from faq_component.knowledge.reader import FaqReader, LocatedTopic
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.text import comparison_key, normalize

__all__ = ["Faq", "FaqReport", "Topic", "check_faq", "load_faq"]

logger = logging.getLogger(__name__)

_SHOWN = 100  # characters of a post in a warning


@dataclass(frozen=True)
class FaqReport:
    """The result of a check: every fault, every warning, and the FAQ if there is no fault."""

    faq: Faq | None
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    def checked(self) -> Faq:
        """Return the FAQ; raises `FaqDataError` with every fault where there are any."""
        if self.faq is None:
            raise FaqDataError(self.faults)
        return self.faq


def load_faq(path: str | Path, *, strict: bool = False, responses_required: bool = True) -> Faq:
    """Load a knowledge base from one JSON file or from all ``*.json`` files of a folder.

    The form is ``{title: {"post": [...], "resp": [...], "id": "..."}}``, ``id`` optional. Without `responses_required`,
    for evaluation, ``resp`` may be absent or empty and ``{title: [posts]}`` is accepted. Warnings (the same post in two
    topics) are logged; with `strict` they are faults.

    Raises:
        FaqDataError: lists every fault with file, line, topic and position.
    """
    return faq_of(check_faq(path, strict=strict, responses_required=responses_required))


def faq_of(report: FaqReport) -> Faq:
    """Log a report's warnings and return its FAQ; raises `FaqDataError` where it has faults."""
    faq = report.checked()
    for warning in report.warnings:
        logger.warning(warning)
    return faq


def check_faq(path: str | Path, *, strict: bool = False, responses_required: bool = True) -> FaqReport:
    """Check a knowledge base and report all faults and warnings; never raises for a faulty FAQ. See `load_faq`."""
    return check_contents(path, read_files(Path(path)), strict=strict, responses_required=responses_required)


def check_contents(
    path: str | Path,
    contents: Contents,
    *,
    strict: bool = False,
    responses_required: bool = True,
    whole: bool = True,
) -> FaqReport:
    """Check files whose contents have been read; unless they are the `whole` FAQ, they may name topics of others."""
    reader = FaqReader(responses_required, faults=list(contents.faults))
    for file, data in contents.files.items():
        reader.read(file, data)
    return report_of(path, reader, strict=strict, whole=whole)


def check_topics(
    place: str, topics: Iterable[tuple[str, Any]], *, strict: bool = False, responses_required: bool = True
) -> FaqReport:
    """Check topics that are not in a file, by the rules of files.

    Args:
        place: name of the knowledge base in messages.
        topics: titles with the values that they have in an FAQ file; a repeated title is a fault.
        strict: whether warnings are faults.
        responses_required: whether a topic without a response is faulty.
    """
    reader = FaqReader(responses_required)
    reader.read_content(place, Pairs((title, pairs_of(value)) for title, value in topics))
    return report_of(place, reader, strict=strict)


def report_of(place: str | Path, reader: FaqReader, *, strict: bool = False, whole: bool = True) -> FaqReport:
    """Make the report on everything that a reader has read; `place` names the knowledge base in messages.

    Unless it is the `whole` knowledge base, topics may name others that it does not hold.
    """
    faults = [*reader.faults, *_repeated_topics(reader.topics), *_own_negatives(reader.topics)]
    if whole and not faults:  # a faulty topic is not among those that can be named
        faults += _wrong_targets(reader.topics)
    warnings = _repeated_posts(reader.topics)
    if not faults and not reader.topics:
        faults.append(Fault(place, _("there is no topic in it; write at least one")))
    if strict:
        faults, warnings = [*faults, *warnings], []
    faq = None if faults else Faq.of(located.topic for located in reader.topics)
    return FaqReport(faq, tuple(faults), tuple(warnings))


def _repeated_topics(located: Sequence[LocatedTopic]) -> Iterator[str]:
    titles: dict[str, LocatedTopic] = {}
    ids: dict[str, LocatedTopic] = {}
    for item in located:
        same_title = titles.setdefault(normalize(item.topic.title), item)
        same_id = ids.setdefault(item.topic.id, item)
        if same_title is not item:
            yield _fault(item, _("duplicate topic, first {first}; join the two").format(first=same_title.where))
        elif same_id is not item:
            message = _("id '{id}' is already used by topic '{other}' ({first}); give one of them another")
            names = {"id": item.topic.id, "other": same_id.topic.title, "first": same_id.where}
            yield _fault(item, message.format(**names))


def _wrong_targets(located: Sequence[LocatedTopic]) -> Iterator[str]:
    by_id = {item.topic.id: item for item in located}
    targets = {topic_id: item.topic.options.targets for topic_id, item in by_id.items()}
    titles = {topic_id: item.topic.title for topic_id, item in by_id.items()}
    for topic_id, place, message in target_faults(targets, titles):
        yield _fault(by_id[topic_id], f"{place} {message}")


def _own_negatives(located: Sequence[LocatedTopic]) -> Iterator[str]:
    """Posts that are to find a topic and must not."""
    for item in located:
        posts = set(map(comparison_key, item.topic.posts)) if item.topic.options.negatives else set()
        for number, text in enumerate(item.topic.options.negatives):
            if comparison_key(text) in posts:
                message = _("not[{number}] '{post}' is also a post of the topic; keep it in one of them")
                yield _fault(item, message.format(number=number, post=text[:_SHOWN]))


def _repeated_posts(located: Sequence[LocatedTopic]) -> list[str]:
    first: dict[str, LocatedTopic] = {}
    warnings: list[str] = []
    for item in located:
        for post in item.topic.posts:
            other = first.setdefault(comparison_key(post), item)
            if other is not item:
                message = _(
                    "post '{post}' is also in topic '{other}' ({first}); keep it in one of them, "
                    "or the topics apart by a scope"
                )
                names = {"post": post[:_SHOWN], "other": other.topic.title, "first": other.where}
                warnings.append(_fault(item, message.format(**names)))
    return warnings


def _fault(item: LocatedTopic, message: str) -> Fault:
    return Fault(item.place, message, line=item.line, topic=item.topic.title)
