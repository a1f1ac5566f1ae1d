"""A knowledge base in use, which follows edits."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace

from faq_component.assistant.build_retrievers import (
    build_negatives,
    build_retriever,
    refit_retriever,
    update_retriever,
)
from faq_component.assistant.build_rules import build_rule
from faq_component.assistant.fitting import fit_apart, is_fitted_apart
from faq_component.assistant.learning import FEWEST, LearnedStore, learn, learns, shift_of, with_shift
from faq_component.decision.confidence import Shift
from faq_component.decision.rules import DecisionRule
from faq_component.decision.segments import segments_of
from faq_component.knowledge import options
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.following import follow
from faq_component.knowledge.sparse import sparse_hint
from faq_component.knowledge.status import LiveStatus
from faq_component.knowledge.versions import Refusal, open_versions, sentence_of
from faq_component.retrieval import Retriever
from faq_component.retrieval.negatives import NO_NEGATIVES, Negatives
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.support.memory import release_memory
from faq_component.types import Hit
from faq_component.usage.labels import labels_of
from faq_component.usage.log import UsageLog, log_file

logger = logging.getLogger(__name__)

MakeRule = Callable[[Settings, Faq, Retriever], DecisionRule]
"""Makes the decision rule over an FAQ and its retriever."""

_QUIET = 3.0  # seconds without an edit before the confidence is refitted
_LEARN_SECONDS = 600.0  # between looks at the log


@dataclass(frozen=True)
class Knowledge:
    """One version of the FAQ with its retriever and decision rule; a message is handled with one of them throughout.

    Args:
        faq: the version.
        retriever: searches it.
        rule: decides.
        segmented: whether a long message may be searched in segments, each of which costs a search.
        fitted: whether rule and classifier were fitted on this version, not on an earlier one.
        inactive: ids of the topics that are not searched: switched off, over, or not yet valid.
        negatives: the posts that must not find topics.
    """

    faq: Faq
    retriever: Retriever
    rule: DecisionRule
    segmented: bool = True
    fitted: bool = True
    inactive: frozenset[str] = frozenset()
    negatives: Negatives = NO_NEGATIVES

    @property
    def searched(self) -> Faq:
        """The topics that the retriever and the rule are over."""
        return self.faq.without(self.inactive)

    def asked(self, question: Question) -> Question:
        """Return a question without the topics that a negative takes out, for search and decision."""
        return self.negatives.applied(question)

    def search(self, question: Question, top_k: int, /) -> list[Hit]:
        """Search the active topics; one that ended since the retriever was updated is left out."""
        return active(self.faq, self.retriever.search(self.asked(question), top_k))

    def segments(self, question: Question) -> list[list[Question]]:
        """Split a message for the search; with raw thresholds or a reranker it is not split."""
        return segments_of(question) if self.segmented and self.rule.is_calibrated else [[question]]


def active(faq: Faq, hits: list[Hit]) -> list[Hit]:
    """Leave out the hits of topics that are not answered now."""
    gone = faq.inactive(options.now())
    return [hit for hit in hits if hit.topic_id not in gone] if gone else hits


def build_knowledge(
    settings: Settings,
    faq: Faq,
    retriever: Retriever,
    make_rule: MakeRule = build_rule,
    inactive: frozenset[str] = frozenset(),
) -> Knowledge:
    """Combine an FAQ and the retriever over its active topics with the decision rule of the settings.

    With a reranker a message is not split into segments, since many reranked searches would take too long.
    """
    rule = make_rule(settings, faq.without(inactive), retriever)
    negatives = build_negatives(settings, faq)
    segmented = settings.reranker == "none"
    return Knowledge(faq, retriever, rule, segmented=segmented, inactive=inactive, negatives=negatives)


class LiveFaq:
    """A knowledge base in use: `current` follows its edits.

    A thread checks for edits every `reload_seconds`. It validates an edit, encodes new posts and replaces `current`,
    while messages are answered from the version before. The new version first keeps the confidence and word pairs of
    the one before, and a classifier refitted for edited topics only (a retriever that cannot be updated is rebuilt,
    which fits all topics). After three seconds without a further edit a second thread refits everything, which can take
    some seconds, for a large FAQ in a process of its own, and replaces `current` again. A faulty edit changes nothing,
    and neither does one that the retriever cannot take in; the log and `faq status` report it.

    A third thread learns from the log (`learn`). The threads end with `close`, or when the object is garbage collected.

    Args:
        settings: name the FAQ and how it is searched.
        process: name of this process in `faq status`.
        make_rule: fits the decision rule.
        or_kept: whether to start with the version that was used last where the FAQ is faulty now or cannot be taken in.
        place: an FAQ that stands in for that of the settings, such as a draft; `faq status`, which compares versions
            with that one, does not list the process then.

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
        place: str | None = None,
    ) -> None:
        self._settings = settings
        self._make_rule = make_rule
        self._versions = open_versions(settings, place=place, or_kept=or_kept)
        self._refusal = Refusal()  # of the newest version, which has no faults, by the retriever or the rule
        self._unfitted: tuple[str, ...] = ()  # why the version in use could not be fitted
        self.current = self._first(or_kept=or_kept)
        self._edits = self._tried = 0
        self._swapping = threading.Lock()
        self._status = LiveStatus(settings.cache_dir, process) if place is None else None
        if self._status is not None:
            self._status.report(self.faq, self.faults)
            weakref.finalize(self, self._status.remove)
        self._edited_at, self._learned_at = 0.0, time.monotonic()
        self._threads = [
            follow(self, step, settings.reload_seconds)
            for step in (LiveFaq.refresh, LiveFaq._refit_when_quiet, LiveFaq._learn_now_and_then)
            if settings.reload_seconds
        ]

    @property
    def faq(self) -> Faq:
        """FAQ of the version in use."""
        return self.current.faq

    @property
    def retriever(self) -> Retriever:
        """Retriever over the version in use."""
        return self.current.retriever

    def of(self, version: str) -> Faq:
        """Return the FAQ in a version, such as the one that decided; the newest where it is no longer kept."""
        faq = self.current.faq
        return faq if version == faq.version else self._versions.of(version)

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Search the version in use."""
        return self.current.search(question, top_k)

    @property
    def faults(self) -> tuple[str, ...]:
        """Faults that keep the newest edit out of use, or from being fitted."""
        return (*self._versions.faults, *self._refusal.faults, *self._unfitted)

    def refresh(self) -> bool:
        """Check for an edit now; return whether there was one, which `current` then contains.

        A topic whose validity begins or ends counts as an edit.
        """
        self._versions.refresh()
        faq, before = self._versions.newest, self.current
        try:
            inactive = faq.inactive(options.now())
            edited = faq.version != before.faq.version or inactive != before.inactive
            if edited:
                self._take_in(faq, inactive)
            self._refusal.report(())
        except Exception as error:  # the next call tries again: the reason may be temporary
            self._refusal.report([sentence_of(error)])
            edited = False
        if self._status is not None:
            self._status.report(self.current.faq, self.faults)
        return edited

    def refit(self) -> bool:
        """Refit rule and classifier if they were fitted on an earlier FAQ; return whether they were refitted."""
        with self._swapping:
            before, edits = self.current, self._edits
        if before.fitted or self._tried == edits:
            return False
        self._tried = edits  # also on failure, which is then logged once, not every second
        faq = before.searched
        try:
            if is_fitted_apart(self._settings, faq):
                fit_apart(self._settings, faq)
            retriever = refit_retriever(self._settings, before.retriever, faq)
            rule = self._make_rule(self._settings, faq, retriever)
        except Exception as error:
            self._unfitted = (sentence_of(error),)
            raise
        self._unfitted = ()
        self._versions.used(before.faq)
        with self._swapping:
            if self.current is not before:
                return False  # edited meanwhile; the next call fits that version
            self.current = replace(before, retriever=retriever, rule=rule, fitted=True)
        return True

    def learn(self) -> bool:
        """Learn from the log what was said since the last time; return whether the confidence was moved.

        One process learns what all of the project then use: each looks here every ten minutes. Nothing is learned
        before the log has `FEWEST` more labels than when it was learned from last.
        """
        file, before = log_file(self._settings.log), self.current
        if file is None:
            return False
        store = LearnedStore(self._settings, before.rule)
        shift, learned_from = store.read()
        labels = labels_of(UsageLog(file).events())
        if len(labels) >= learned_from + FEWEST:
            precision = self._settings.answer_precision
            found = learn(before.rule, before.search, labels, precision, asked=before.asked)
            if found is not None:
                shift = found.shift if found.used else Shift()
                store.write(shift, len(labels))
                now = found.after if found.used else found.before
                logger.info(
                    "Learned from %d questions of the log; of the %d latest %d are answered (%d before), %d correctly.",
                    *(found.labels, found.later, now.answered, found.before.answered, now.right),
                )
        if shift == shift_of(before.rule):
            return False
        with self._swapping:
            self.current = replace(self.current, rule=with_shift(self.current.rule, shift))
        return True

    def _learn_now_and_then(self) -> None:
        if learns(self._settings) and time.monotonic() - self._learned_at >= _LEARN_SECONDS:
            self._learned_at = time.monotonic()
            self.learn()

    def close(self) -> None:
        """Stop following edits."""
        for closed in self._threads:
            closed.set()
        if self._status is not None:
            self._status.remove()

    def _first(self, *, or_kept: bool) -> Knowledge:
        """Build the newest version, or else the one that was used last."""
        try:
            return self._build(self._versions.newest)
        except Exception as error:
            kept = self._versions.last_used() if or_kept else None
            if kept is None or kept == self._versions.newest:
                raise
            self._refusal.report([sentence_of(error)])
            return self._build(kept)

    def _build(self, faq: Faq) -> Knowledge:
        self._versions.keep(faq)
        inactive = faq.inactive(options.now())
        retriever = build_retriever(self._settings, faq.without(inactive))
        knowledge = build_knowledge(self._settings, faq, retriever, self._make_rule, inactive)
        self._versions.used(faq)
        if hint := sparse_hint(faq):
            logger.info(hint)
        return knowledge

    def _take_in(self, faq: Faq, inactive: frozenset[str]) -> None:
        self._versions.keep(faq)
        searched = faq.without(inactive)
        retriever = update_retriever(self._settings, self.current.retriever, searched)
        negatives = build_negatives(self._settings, faq)
        with self._swapping:
            rule = self.current.rule.updated(searched, retriever)
            self.current = replace(
                self.current,
                faq=faq,
                retriever=retriever,
                rule=rule,
                fitted=False,
                inactive=inactive,
                negatives=negatives,
            )
            self._edits += 1
        self._edited_at = time.monotonic()

    def _refit_when_quiet(self) -> None:
        if time.monotonic() - self._edited_at >= _QUIET and self.refit():
            release_memory()
