"""What each of many questions would get, and what has changed since: a table for people who keep an FAQ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faq_component.assistant.answer import Answer
from faq_component.assistant.assistant import Assistant
from faq_component.errors import FaqDataError
from faq_component.evaluation.decisions import outcome_name
from faq_component.evaluation.sheets import Cell, read_rows
from faq_component.knowledge.responses import response_to_json, text_of
from faq_component.knowledge.topics import Faq
from faq_component.language import N_, _, in_every_language, listed, ngettext
from faq_component.settings import Settings
from faq_component.text import normalize
from faq_component.types import Outcome

# Headings and words of the table: written in the language spoken, and read in any.
QUESTION, RESULT, TOPIC, CONFIDENCE, SECOND = (
    N_("question"),
    N_("result"),
    N_("topic"),
    N_("confidence"),
    N_("second topic"),
)
EXPECTED, VERDICT, BEFORE, CHANGE = N_("expected topic"), N_("verdict"), N_("before"), N_("change")
HEADER = (
    *(QUESTION, RESULT, TOPIC, CONFIDENCE, N_("nearest post"), N_("score"), N_("response"), SECOND),
    *(N_("second score"), EXPECTED, VERDICT),
)
AGAINST = (BEFORE, CHANGE)
NO_TOPIC = N_("none")  # written where no topic should answer
OUTCOMES = {Outcome.ANSWER: N_("answered"), Outcome.CLARIFY: N_("asked to clarify"), Outcome.REJECT: N_("not known")}
CORRECT = N_("correct")
VERDICTS = {
    "right": CORRECT,
    "wrong": N_("incorrect"),
    "clarified": N_("among the choices"),
    "clarified_without_topic": N_("not among the choices"),
    "rejected": N_("unanswered"),
    "unknown_answered": N_("false answer"),
    "unknown_clarified": N_("false clarification"),
    "unknown_rejected": CORRECT,
}
NEW, BETTER, WORSE, CHANGED = N_("new question"), N_("better"), N_("worse"), N_("changed")


@dataclass(frozen=True)
class TableQuestion:
    """A question, and the topic that should answer it.

    Args:
        text: the question.
        expected: title of the topic; empty where none should answer, None where it is not said.
        topic_id: id of the topic, which holds when its title is edited; empty where only the title is known.
    """

    text: str
    expected: str | None = None
    topic_id: str = ""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what; the first is 0.

    Args:
        question: the question.
        topic: the expected topic; None where no column has it.
        headed: whether the first row is of headings.
    """

    question: int
    topic: int | None
    headed: bool


@dataclass(frozen=True)
class HitResult:
    """What a question gets: a row of the table.

    `topics` are the titles answered or offered, in a result that was read one text; `post` and `score` are of the first
    topic found, whatever is decided; of a long message they are of one of its segments. `outcome`, `verdict` and
    `change` are English here, whatever is spoken; `before` is a text for people. `rank` is the place of the expected
    topic among those found, from 1, 0 where it is not there, and None where none is expected.
    """

    question: str
    outcome: str
    topics: tuple[str, ...]
    confidence: float
    post: str
    score: float | None
    answer: str
    second: str
    second_score: float | None
    expected: str | None
    verdict: str
    before: str | None = None
    change: str = ""
    topic_ids: tuple[str, ...] = ()
    rank: int | None = None

    @property
    def summary(self) -> str:
        """Outcome and topics in one text."""
        if not self.topics:
            return _(self.outcome)
        return _("{outcome}: {topics}").format(outcome=_(self.outcome), topics=listed(self.topics))

    def is_like(self, other: HitResult) -> bool:
        """Whether both decide the same; a result that was read may list its topics as another language does."""
        if self.topic_ids and other.topic_ids:
            return (self.outcome, self.topic_ids) == (other.outcome, other.topic_ids)
        lists = [{comma.join(each.topics) for comma in in_every_language(", ")} for each in (self, other)]
        return self.outcome == other.outcome and not lists[0].isdisjoint(lists[1])

    def row(self, *, against: bool) -> list[Any]:
        """The cells under `HEADER`, and those under `AGAINST`."""
        expected = _(NO_TOPIC) if self.expected == "" else self.expected or ""
        row = [self.question, _(self.outcome), listed(self.topics), self.confidence, self.post, self.score, self.answer]
        row += [self.second, self.second_score, expected, _(self.verdict)]
        return [*row, self.before or "", _(self.change)] if against else row


def read_questions(path: str | Path, faq: Faq) -> list[TableQuestion]:
    """Questions of a table: its column `question` or `text`, or else its first; and `expected topic` or `topic`.

    Headings may be Chinese. Topics may be titles or ids; `none` means that no topic should answer.

    Raises:
        FaqError: the file cannot be read.
        FaqDataError: a topic is not in the FAQ, or a row has no question; each is named with row and column.
    """
    rows = read_rows(path)
    questions, faults = questions_of(rows, guess_columns(rows), faq)
    if not questions and not faults:
        faults.append(_("{path}: there is no question in it; write one per row").format(path=path))
    if faults:
        raise FaqDataError(faults)
    return questions


def guess_columns(rows: Sequence[Sequence[Cell]]) -> Columns:
    """Tell the columns of a table by its headings, as `read_questions` does."""
    names = [cell.text.lower() for cell in rows[0]] if rows else []
    headings = (
        (*in_every_language(QUESTION), "text"),
        (*in_every_language(EXPECTED), "expected", *in_every_language(TOPIC)),
    )
    found, topic = [next((names.index(name) for name in known if name in names), None) for known in headings]
    question = found if found is not None else int(topic == 0)
    return Columns(question, topic, headed=found is not None or topic is not None)


def questions_of(
    rows: Sequence[Sequence[Cell]], columns: Columns, faq: Faq, *, with_gone: bool = False
) -> tuple[list[TableQuestion], list[str]]:
    """Return the questions of the rows that have no fault, and the faults, each with row and column.

    Args:
        rows: of the table, with its headings.
        columns: which of them hold what.
        faq: where topics are looked for, by id and by title.
        with_gone: whether a topic that is not there is no fault, but kept as the id of one that is gone.
    """
    by_name = {normalize(topic.title): topic for topic in faq.topics} | faq.by_id
    none = {normalize(name) for name in in_every_language(NO_TOPIC)} - set(by_name)
    questions, faults = [], []
    for row in rows[columns.headed :]:
        text, named = (_cell(row, column) for column in (columns.question, columns.topic))
        topic = by_name.get(named.text) or by_name.get(normalize(named.text))
        if not normalize(text.text):
            message = _("{where}: there is no question; write one or remove the row")
            faults.append(message.format(where=text.where or row[0].where))
        elif topic is not None and named.text:
            questions.append(TableQuestion(text.text, topic.title, topic.id))
        elif not named.text or normalize(named.text) in none:
            questions.append(TableQuestion(text.text, "" if named.text else None))
        elif with_gone:
            questions.append(TableQuestion(text.text, named.text, named.text))
        else:
            message = _("{where}: topic '{topic}' is not in the FAQ; write a title or id of it, or 'none'")
            faults.append(message.format(where=named.where, topic=named.text))
    return questions, faults


def _cell(row: Sequence[Cell], column: int | None) -> Cell:
    return row[column] if column is not None and column < len(row) else Cell("", "")


def run_hit_test(
    settings: Settings,
    faq: Faq,
    questions: Sequence[TableQuestion],
    track: Callable[[Sequence[TableQuestion]], Iterable[TableQuestion]] = iter,
) -> list[HitResult]:
    """What each question gets from the FAQ; `track` may show progress."""
    return ask_all(Assistant.over(faq, settings), questions, track)


def ask_all(
    assistant: Assistant,
    questions: Sequence[TableQuestion],
    track: Callable[[Sequence[TableQuestion]], Iterable[TableQuestion]] = iter,
) -> list[HitResult]:
    """What each question gets from one version of an assistant's FAQ; `track` may show progress."""
    knowledge = assistant.knowledge
    ids = {topic.title: topic.id for topic in knowledge.faq.topics}
    results = []
    for question in track(questions):
        answer = assistant.answer(question.text, knowledge=knowledge)
        # A topic of another knowledge base that this one lacks: none of its topics is correct.
        wanted = question.topic_id or ids.get(question.expected or "", "-") if question.expected else None
        verdict, rank = "", None
        if question.expected is not None:
            verdict = VERDICTS[outcome_name(answer.result.decision, wanted)]
        if wanted is not None:
            found = [hit.topic_id for hit in answer.hits]
            rank = found.index(wanted) + 1 if wanted in found else 0
        results.append(_result(question, answer, verdict, rank))
    return results


def _result(question: TableQuestion, answer: Answer, verdict: str, rank: int | None) -> HitResult:
    hits, by_id = answer.hits, answer.faq.by_id
    titles = tuple(by_id[hit.topic_id].title for hit in answer.result.decision.hits)
    said = ""
    if answer.outcome is Outcome.ANSWER:
        response = answer.suitable[0] if answer.suitable else answer.response  # the same at each run
        said = text_of(response) or json.dumps(response_to_json(response), ensure_ascii=False)
    elif answer.outcome is Outcome.CLARIFY:
        said = f"{answer.text}{listed(titles)}"
    return HitResult(
        question.text,
        OUTCOMES[answer.outcome],
        titles,
        round(answer.confidence, 4),
        hits[0].post if hits else "",
        round(hits[0].score, 4) if hits else None,
        said,
        by_id[hits[1].topic_id].title if len(hits) > 1 else "",
        round(hits[1].score, 4) if len(hits) > 1 else None,
        question.expected,
        verdict,
        topic_ids=tuple(hit.topic_id for hit in answer.result.decision.hits),
        rank=rank,
    )


def read_results(path: str | Path) -> list[HitResult]:
    """The results of a table that `faq hit-test` wrote, as far as they are compared.

    Raises:
        FaqDataError: the table has no columns of questions, results and topics.
    """
    rows = read_rows(path)
    names = [cell.text for cell in rows[0]] if rows else []
    place = {name: names.index(text) for name in HEADER for text in in_every_language(name) if text in names}
    missing = [_(name) for name in (QUESTION, RESULT, TOPIC) if name not in place]
    if missing:
        message = _("{path}: has no column {names}; give a file that `faq hit-test --out` wrote")
        raise FaqDataError([message.format(path=path, names=", ".join(missing))])
    results = []
    for row in rows[1:]:
        cells = {name: _cell(row, place.get(name)).text for name in HEADER}
        outcome, verdict = _english(cells[RESULT], OUTCOMES.values()), _english(cells[VERDICT], VERDICTS.values())
        topics = (cells[TOPIC],) if cells[TOPIC] else ()
        results.append(HitResult(cells[QUESTION], outcome, topics, 0.0, "", None, "", "", None, None, verdict))
    return results


def _english(text: str, words: Iterable[str]) -> str:
    """The one of some words that a text is in any language, or else the text."""
    return next((word for word in words if text in in_every_language(word)), text)


def compare(results: Sequence[HitResult], before: Sequence[HitResult]) -> list[HitResult]:
    """The results with what each question got before, and what changed: `BETTER` or `WORSE` where it is known."""
    old = {result.question: result for result in before}
    return [_compared(result, old.get(result.question)) for result in results]


def _compared(result: HitResult, old: HitResult | None) -> HitResult:
    if old is None:
        return replace(result, before="", change=NEW)
    change = ""
    if result.verdict and old.verdict and (result.verdict == CORRECT) != (old.verdict == CORRECT):
        change = BETTER if result.verdict == CORRECT else WORSE
    elif not result.is_like(old):
        change = CHANGED
    return replace(result, before=old.summary, change=change)


def summarise(results: Sequence[HitResult]) -> list[str]:
    """Lines for the screen: how many questions got what, how many rightly, and how many changed."""
    outcomes = Counter(result.outcome for result in results)
    messages = (
        _("{count} answered ({share:.1%})"),
        _("{count} asked to clarify ({share:.1%})"),
        _("{count} not known ({share:.1%})"),
    )
    numbers = [outcomes[name] for name in OUTCOMES.values()]
    shares = listed(text.format(count=n, share=n / len(results)) for text, n in zip(messages, numbers, strict=True))
    lines = [
        ngettext("{count} question: {shares}", "{count} questions: {shares}", len(results)).format(
            count=len(results), shares=shares
        )
    ]
    judged = Counter(result.verdict for result in results if result.verdict)
    if judged:
        total = sum(judged.values())
        correct = _("correct: {count} of {total} ({share:.1%})")
        parts = [correct.format(count=judged[CORRECT], total=total, share=judged[CORRECT] / total)]
        parts += [f"{_(name)} {count}" for name, count in judged.most_common() if name != CORRECT]
        lines.append(_("; ").join(parts))
    if any(result.before is not None for result in results):
        changes = Counter(result.change for result in results if result.change)
        shown = listed(f"{_(name)} {count}" for name, count in changes.most_common())
        lines.append(_("changed: {changes}").format(changes=shown or _("nothing")))
    return lines
