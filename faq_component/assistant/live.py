"""A knowledge base in use, that is edited meanwhile."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace

from faq_component.assistant.build_retrievers import build_retriever, refit_retriever, update_retriever
from faq_component.assistant.build_rules import build_rule
from faq_component.decision.rules import DecisionRule
from faq_component.decision.segments import segments_of
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.following import follow
from faq_component.knowledge.status import LiveStatus
from faq_component.knowledge.versions import open_versions
from faq_component.retrieval import Retriever
from faq_component.retrieval.question import Question
from faq_component.settings import Settings

MakeRule = Callable[[Settings, Faq, Retriever], DecisionRule]
"""Makes the decision rule over an FAQ and its retriever."""

_QUIET = 3.0  # seconds without an edit, after which the confidence is fitted


@dataclass(frozen=True)
class Knowledge:
    """One version of the FAQ with its retriever and decision rule; a message is handled with one of them throughout.

    Args:
        faq: the version.
        retriever: searches it.
        rule: decides.
        segmented: whether a long message may be searched in segments, which takes as many searches.
        fitted: whether the rule, and the retriever's classifier, were fitted on this version, and not on one before it.
    """

    faq: Faq
    retriever: Retriever
    rule: DecisionRule
    segmented: bool = True
    fitted: bool = True

    def segments(self, question: Question) -> list[list[Question]]:
        """What of a message is searched; the message alone where its segments cannot be weighed against each other."""
        return segments_of(question) if self.segmented and self.rule.is_calibrated else [[question]]


def build_knowledge(
    settings: Settings,
    faq: Faq,
    retriever: Retriever,
    make_rule: MakeRule = build_rule,
) -> Knowledge:
    """An FAQ with the decision rule that the settings name.

    A reranker takes so long for a search that many of them would outlast whoever waits: with one, no message is
    searched in segments.
    """
    return Knowledge(faq, retriever, make_rule(settings, faq, retriever), segmented=settings.reranker == "none")


class LiveFaq:
    """A knowledge base in use: `current` follows its edits.

    A thread looks for edits every `reload_seconds`. An edit is checked, only its new posts are encoded, and `current`
    is replaced, all while messages are answered with the one before. The new one begins with the confidence and the
    pairs of words that were found on the FAQ before it, and with a classifier in which only the edited topics are
    fitted (a retriever that cannot be updated is built, which fits all topics). When no edit has followed for three
    seconds, a second thread fits all of it on the new FAQ, which can take some seconds, and replaces `current` again. A
    faulty edit changes nothing; the log and `faq status` tell of it.

    The threads end with `close`, or when nothing refers to the object any more.

    Args:
        settings: name the FAQ and how it is searched.
        process: what `faq status` calls this process.
        make_rule: fits what decides.
        or_kept: see `FaqVersions`; what is started again while an edit is faulty then goes on as before.

    Raises:
        FaqDataError: the FAQ is faulty at the start.
    """

    def __init__(
        self,
        settings: Settings,
        process: str,
        make_rule: MakeRule = build_rule,
        *,
        or_kept: bool = False,
    ) -> None:
        self._settings = settings
        self._make_rule = make_rule
        self._versions = open_versions(settings, or_kept=or_kept)
        faq = self._versions.newest
        self._versions.keep(faq)
        self.current = build_knowledge(settings, faq, build_retriever(settings, faq), make_rule)
        self._edits = self._tried = 0
        self._swapping = threading.Lock()
        self._status = LiveStatus(settings.cache_dir, process)
        self._status.tell(faq, self._versions.faults)
        weakref.finalize(self, self._status.remove)
        self._edited_at = 0.0
        self._threads = [
            follow(self, step, settings.reload_seconds)
            for step in (LiveFaq.refresh, LiveFaq._refit_when_quiet)
            if settings.reload_seconds
        ]

    @property
    def faq(self) -> Faq:
        """The version in use."""
        return self.current.faq

    @property
    def retriever(self) -> Retriever:
        """The retriever over the version in use."""
        return self.current.retriever

    def of(self, version: str) -> Faq:
        """The FAQ in a version, such as one that decided; the newest where that one can no longer be had."""
        faq = self.current.faq
        return faq if version == faq.version else self._versions.of(version)

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults of the newest edit, where it is not in use for them."""
        return self._versions.faults

    def refresh(self) -> bool:
        """Look for an edit now; returns whether there was one, and `current` is of it."""
        self._versions.refresh()
        faq, before = self._versions.newest, self.current
        edited = faq.version != before.faq.version
        if edited:
            self._versions.keep(faq)
            retriever = update_retriever(self._settings, before.retriever, faq)
            with self._swapping:
                rule = self.current.rule.updated(faq)
                self.current = replace(self.current, faq=faq, retriever=retriever, rule=rule, fitted=False)
                self._edits += 1
            self._edited_at = time.monotonic()
        self._status.tell(self.current.faq, self._versions.faults)
        return edited

    def refit(self) -> bool:
        """Fit what is fitted on the current FAQ, where it is of an earlier one; returns whether that was so."""
        with self._swapping:
            before, edits = self.current, self._edits
        if before.fitted or self._tried == edits:
            return False
        self._tried = edits  # also where it fails: that is logged once, not every second
        faq = before.faq
        retriever = refit_retriever(self._settings, before.retriever, faq)
        rule = self._make_rule(self._settings, faq, retriever)
        with self._swapping:
            if self.current is not before:
                return False  # edited meanwhile; the next fit is of that
            self.current = replace(before, retriever=retriever, rule=rule, fitted=True)
        return True

    def close(self) -> None:
        """Look for edits no longer."""
        for closed in self._threads:
            closed.set()
        self._status.remove()

    def _refit_when_quiet(self) -> None:
        if time.monotonic() - self._edited_at >= _QUIET:
            self.refit()
