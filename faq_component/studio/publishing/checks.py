"""What a draft would change: what lint finds in it, the test sets, and last week's questions, asked in a thread."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial

from faq_component.assistant.assistant import Assistant
from faq_component.errors import FaqError
from faq_component.evaluation.question_table import TableQuestion
from faq_component.evaluation.test_sets import runs
from faq_component.evaluation.test_sets.runs import SetChanges
from faq_component.evaluation.test_sets.sets import QuestionSets
from faq_component.knowledge.topics import Topic
from faq_component.language import N_, _
from faq_component.lint.accepted import accepted_file, read_accepted
from faq_component.lint.findings import Finding
from faq_component.studio.background import in_background
from faq_component.studio.drafts.draft import Snapshot
from faq_component.studio.looking import findings_in
from faq_component.studio.workbench import Workbench
from faq_component.text import comparison_key
from faq_component.types import Outcome, Result
from faq_component.usage.events import Kind, iso
from faq_component.usage.log import UsageLog, log_file

DAYS = 7
MOST_QUESTIONS = 5_000  # different ones of the log, the most frequent first
_TAKE_IN_SECONDS, _FIT_SECONDS = 120.0, 30.0  # for the assistant to answer by the newest draft, and to be refitted
_STEP_SECONDS = 0.1

LOOKING = N_("Looking for faults ...")
SETS = N_("Asking the test sets ...")
QUESTIONS = N_("Asking last week's questions ...")

NEW_ANSWER = N_("answered now")
NO_ANSWER = N_("not answered any more")
CLARIFIED = N_("asked to clarify now")
OTHER_CHOICES = N_("asked to clarify with other topics")
OTHER_TOPIC = N_("another topic")
OTHER_TEXT = N_("the same topic, whose answers change")


@dataclass(frozen=True)
class Otherwise:
    """A question of the log that the draft answers otherwise.

    Args:
        text: its latest wording, masked as the log has it.
        count: how often it was asked.
        kind: a sentence of this module, in English.
        before: titles of the topics of the published FAQ's answer or choices.
        after: those of the draft's.
    """

    text: str
    count: int
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class _StaleError(Exception):
    """The draft, or the published FAQ, has changed since the checks began."""


@dataclass
class Checks:
    """One look at a draft.

    Args:
        key: fingerprints of the published FAQ and of the draft.
        stage: a sentence of this module, in English, that says what is being done.
        done: questions asked so far.
        total: questions to ask.
        found: findings of lint that the published FAQ does not have.
        gone: number of findings that only the published FAQ has.
        sets: what changes on each test set; only those on which something does.
        set_count: number of test sets.
        otherwise: last week's questions that are answered otherwise.
        asked: number of different questions of last week that were asked.
        faults: sentences on what could not be done.
    """

    key: tuple[str, str]
    stage: str = LOOKING
    done: int = 0
    total: int = 0
    found: Sequence[Finding] = ()
    gone: int = 0
    sets: list[SetChanges] = field(default_factory=list)
    set_count: int = 0
    otherwise: Sequence[Otherwise] = ()
    asked: int = 0
    faults: list[str] = field(default_factory=list)
    is_done: bool = False

    def end(self, fault: str) -> None:
        """Note that it has ended, and why it failed if it did."""
        self.faults += [fault] if fault else []
        self.is_done = True

    @property
    def times(self) -> int:
        """How often the questions that are answered otherwise were asked."""
        return sum(question.count for question in self.otherwise)


class Checker:
    """Looks at the newest draft; one look at a time, and one that is out of date ends.

    Args:
        workbench: holds the draft, and the assistant over it.
    """

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._lock = threading.Lock()
        self._checks: Checks | None = None
        self._working = threading.Lock()

    def newest(self) -> Checks:
        """Return the look at the newest draft; begin it where there is none."""
        snapshot = self._workbench.snapshot
        key = snapshot.live.fingerprint, snapshot.faq.fingerprint
        with self._lock:
            if self._checks is None or self._checks.key != key:
                self._checks = Checks(key)
                in_background("The look at the draft", partial(self._look, self._checks, snapshot), self._checks.end)
            return self._checks

    def _look(self, checks: Checks, snapshot: Snapshot) -> None:
        with contextlib.suppress(_StaleError), self._working:
            self._require_newest(checks)
            self._lint(checks, snapshot)
            self._ask(checks, snapshot)

    def _require_newest(self, checks: Checks) -> None:
        if self._checks is not checks:
            raise _StaleError

    def _lint(self, checks: Checks, snapshot: Snapshot) -> None:
        settings = self._workbench.settings
        live = findings_in(settings, settings.faq, snapshot.live)
        draft = findings_in(settings, self._workbench.draft.place, snapshot.faq)
        now = {topic.title: snapshot.faq.by_id[topic.id].title for topic in _in_both(snapshot)}
        known = {(rule, now.get(title, title), text) for rule, title, text in (one.key for one in live)}
        accepted = set(read_accepted(accepted_file(settings.faq)))
        checks.found = [one for one in draft if one.key not in known | accepted]
        checks.gone = len(known - {one.key for one in draft})

    def _ask(self, checks: Checks, snapshot: Snapshot) -> None:
        settings, drafted = self._workbench.settings, self._workbench.assistant
        questions, sets = self._questions(), QuestionSets(settings)
        names = sets.names()
        checks.asked, checks.set_count = len(questions), len(names)
        if not questions and not names:
            return
        self._wait(checks, drafted)
        with Assistant.over(snapshot.live, settings) as live:
            checks.stage = SETS
            for name in names:
                self._ask_set(checks, sets, name, live, drafted)
            checks.stage, checks.done, checks.total = QUESTIONS, 0, len(questions)
            checks.otherwise = list(self._compared(checks, questions, live, drafted))

    def _ask_set(self, checks: Checks, sets: QuestionSets, name: str, live: Assistant, drafted: Assistant) -> None:
        try:
            questions = sets.read(name, drafted.faq)
            checks.done, checks.total = 0, 2 * len(questions.questions)
            found = runs.changes(questions, live, drafted, lambda asked: self._tracked(checks, asked))
        except FaqError as error:
            checks.faults.append(str(error))
            return
        if found.changed:
            checks.sets.append(found)

    def _tracked(self, checks: Checks, questions: Iterable[TableQuestion]) -> Iterator[TableQuestion]:
        for question in questions:
            self._require_newest(checks)
            yield question
            checks.done += 1

    def _wait(self, checks: Checks, drafted: Assistant) -> None:
        """Wait until the assistant answers by the newest draft, and a little for what is fitted on it."""
        began = time.monotonic()
        while drafted.faq.fingerprint != checks.key[1] or not drafted.knowledge.fitted:
            self._require_newest(checks)
            waited = time.monotonic() - began
            if drafted.faq.fingerprint == checks.key[1] and waited > _FIT_SECONDS:
                return
            if waited > _TAKE_IN_SECONDS:
                raise FaqError(_("the draft has not been taken in; see the log of the studio"))
            time.sleep(_STEP_SECONDS)

    def _questions(self) -> list[tuple[str, int]]:
        """Return last week's questions in their latest wordings, with how often each was asked."""
        file = log_file(self._workbench.settings.log)
        if file is None or not file.exists():
            return []
        since = iso(datetime.now(timezone.utc) - timedelta(days=DAYS))
        counts: Counter[str] = Counter()
        texts: dict[str, str] = {}
        for event in UsageLog(file).events():
            if event.kind is Kind.DECISION and event.text and event.time >= since:
                key = comparison_key(event.text)
                counts[key] += 1
                texts[key] = event.text
        return [(texts[key], count) for key, count in counts.most_common(MOST_QUESTIONS)]

    def _compared(
        self, checks: Checks, questions: Sequence[tuple[str, int]], live: Assistant, drafted: Assistant
    ) -> Iterator[Otherwise]:
        for text, count in questions:
            self._require_newest(checks)
            before, after = live.decide(text), drafted.decide(text)
            kind = _kind(before, after, live, drafted)
            if kind:
                titles = (_titles(before, live), _titles(after, drafted))
                yield Otherwise(text, count, kind, *titles)
            checks.done += 1


def _kind(before: Result, after: Result, live: Assistant, drafted: Assistant) -> str:
    """Say how two results differ; empty where a user sees the same."""
    old, new = before.decision, after.decision
    ids = [[hit.topic_id for hit in decision.hits] for decision in (old, new)]
    if old.outcome is not new.outcome:
        kinds = {Outcome.ANSWER: NEW_ANSWER, Outcome.CLARIFY: CLARIFIED, Outcome.REJECT: NO_ANSWER}
        return kinds[new.outcome]
    if new.outcome is Outcome.CLARIFY:
        return OTHER_CHOICES if ids[0] != ids[1] else ""
    if new.outcome is Outcome.REJECT:
        return ""
    if ids[0] != ids[1]:
        return OTHER_TOPIC
    topics = [assistant.faq.by_id.get(ids[0][0]) for assistant in (live, drafted)]
    is_same = topics[0] is not None and topics[1] is not None and topics[0].responses == topics[1].responses
    return "" if is_same else OTHER_TEXT


def _in_both(snapshot: Snapshot) -> Iterator[Topic]:
    """Yield the published topics that the draft has, too."""
    return (topic for topic in snapshot.live.topics if topic.id in snapshot.faq.by_id)


def _titles(result: Result, assistant: Assistant) -> tuple[str, ...]:
    faq = assistant.faq
    return tuple(faq.by_id[hit.topic_id].title for hit in result.decision.hits if hit.topic_id in faq.by_id)
