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
from faq_component.settings import Settings
from faq_component.text import normalize
from faq_component.types import Outcome

QUESTION, TOPIC = ("问题", "question", "text"), ("期望主题", "expected", "主题", "topic")
NO_TOPIC = ("无", "none")  # written where no topic should answer
OUTCOMES = {Outcome.ANSWER: "回答", Outcome.CLARIFY: "反问", Outcome.REJECT: "不会"}
RIGHT = "对"
VERDICTS = {
    "right": RIGHT,
    "wrong": "错",
    "clarified": "反问里有",
    "clarified_without_topic": "反问里没有",
    "rejected": "没答上",
    "unknown_answered": "误答",
    "unknown_clarified": "误反问",
    "unknown_rejected": RIGHT,
}
HEADER = ("问题", "结果", "主题", "置信度", "最近的问法", "得分", "回答", "第二主题", "第二得分", "期望主题", "对错")
AGAINST = ("之前", "变化")
_SEPARATOR = "、"


@dataclass(frozen=True)
class TableQuestion:
    """A question, and the title of the topic that should answer it: empty where none should, None where unsaid."""

    text: str
    expected: str | None = None


@dataclass(frozen=True)
class HitResult:
    """What a question gets: a row of the table.

    `topic` are the titles answered or offered; `post` and `score` are of the first topic found,
    whatever is decided; of a long message they are of one of its parts.
    """

    question: str
    outcome: str
    topic: str
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

    @property
    def summary(self) -> str:
        """Outcome and topics in one text."""
        return f"{self.outcome}：{self.topic}" if self.topic else self.outcome

    def row(self, *, against: bool) -> list[Any]:
        """The cells under `HEADER`, and those under `AGAINST`."""
        expected = NO_TOPIC[0] if self.expected == "" else self.expected or ""
        row = [self.question, self.outcome, self.topic, self.confidence, self.post, self.score, self.answer]
        row += [self.second, self.second_score, expected, self.verdict]
        return [*row, self.before or "", self.change] if against else row


def read_questions(path: str | Path, faq: Faq) -> list[TableQuestion]:
    """Questions of a table: its column 问题, question or text, or else its first; and 主题, topic or expected if there.

    Topics may be titles or ids; 无 means that no topic should answer.

    Raises:
        FaqError: the file cannot be read.
        FaqDataError: a topic is not in the FAQ, or a row has no question; each is named with row and column.
    """
    rows = read_rows(path)
    names = [cell.text.lower() for cell in rows[0]] if rows else []
    columns = [next((names.index(name) for name in known if name in names), None) for known in (QUESTION, TOPIC)]
    if columns[0] is not None or columns[1] is not None:
        rows = rows[1:]
    wanted = columns[1]
    asked = columns[0] if columns[0] is not None else int(wanted == 0)
    titles = {normalize(topic.title): topic.title for topic in faq.topics}
    titles |= {topic.id: topic.title for topic in faq.topics}
    titles |= {normalize(name): "" for name in NO_TOPIC if normalize(name) not in titles}
    questions, faults = [], []
    for row in rows:
        text, topic = (_cell(row, column) for column in (asked, wanted))
        expected = titles.get(topic.text) or titles.get(normalize(topic.text))
        if not normalize(text.text):
            faults.append(f"{text.where or row[0].where}: there is no question; write one or remove the row")
        elif topic.text and expected is None:
            faults.append(f"{topic.where}: topic '{topic.text}' is not in the FAQ; write a title or id of it, or 无")
        questions.append(TableQuestion(text.text, expected if topic.text else None))
    if not questions:
        faults.append(f"{path}: there is no question in it; write one per row")
    if faults:
        raise FaqDataError(faults)
    return questions


def _cell(row: Sequence[Cell], column: int | None) -> Cell:
    return row[column] if column is not None and column < len(row) else Cell("", "")


def run_hit_test(
    settings: Settings,
    faq: Faq,
    questions: Sequence[TableQuestion],
    track: Callable[[Sequence[TableQuestion]], Iterable[TableQuestion]] = iter,
) -> list[HitResult]:
    """What each question gets from the FAQ; `track` may show progress."""
    assistant = Assistant.over(faq, settings)
    ids = {topic.title: topic.id for topic in faq.topics}
    results = []
    for question in track(questions):
        answer = assistant.answer(question.text)
        verdict = ""
        if question.expected is not None:
            # A title of another knowledge base that this one lacks is answered rightly by none of its topics.
            wanted = ids.get(question.expected, "-") if question.expected else None
            verdict = VERDICTS[outcome_name(answer.result.decision, wanted)]
        results.append(_result(question, answer, verdict))
    return results


def _result(question: TableQuestion, answer: Answer, verdict: str) -> HitResult:
    hits, by_id = answer.hits, answer.faq.by_id
    titles = _SEPARATOR.join(by_id[hit.topic_id].title for hit in answer.result.decision.hits)
    said = ""
    if answer.outcome is Outcome.ANSWER:
        response = answer.suitable[0] if answer.suitable else answer.response  # the same at each run
        said = text_of(response) or json.dumps(response_to_json(response), ensure_ascii=False)
    elif answer.outcome is Outcome.CLARIFY:
        said = f"{answer.text}{titles}"
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
    )


def read_results(path: str | Path) -> list[HitResult]:
    """The results of a table that `faq hit-test` wrote, as far as they are compared.

    Raises:
        FaqDataError: the table has no columns 问题, 结果 and 主题.
    """
    rows = read_rows(path)
    names = [cell.text for cell in rows[0]] if rows else []
    missing = [name for name in ("问题", "结果", "主题") if name not in names]
    if missing:
        raise FaqDataError([f"{path}: has no column {', '.join(missing)}; give a file that `faq hit-test --out` wrote"])
    place = {name: at for at, name in enumerate(names)}
    results = []
    for row in rows[1:]:
        cells = {name: _cell(row, place.get(name)).text for name in HEADER}
        results.append(
            HitResult(cells["问题"], cells["结果"], cells["主题"], 0.0, "", None, "", "", None, None, cells["对错"])
        )
    return results


def compare(results: Sequence[HitResult], before: Sequence[HitResult]) -> list[HitResult]:
    """The results with what each question got before, and what changed: 变好 or 变坏 where it is known."""
    old = {result.question: result for result in before}
    return [_compared(result, old.get(result.question)) for result in results]


def _compared(result: HitResult, old: HitResult | None) -> HitResult:
    if old is None:
        return replace(result, before="", change="新问题")
    change = ""
    if result.verdict and old.verdict and (result.verdict == RIGHT) != (old.verdict == RIGHT):
        change = "变好" if result.verdict == RIGHT else "变坏"
    elif result.summary != old.summary:
        change = "变了"
    return replace(result, before=old.summary, change=change)


def summarise(results: Sequence[HitResult]) -> list[str]:
    """Lines for the screen: how many questions got what, how many rightly, and how many changed."""
    names = dict(zip(OUTCOMES.values(), ("answered", "asked back", "not known"), strict=True))
    outcomes = Counter(result.outcome for result in results)
    shares = ", ".join(
        f"{outcomes[name]} {english} ({outcomes[name] / len(results):.1%})" for name, english in names.items()
    )
    lines = [f"{len(results)} questions: {shares}"]
    judged = Counter(result.verdict for result in results if result.verdict)
    if judged:
        total = sum(judged.values())
        others = ", ".join(f"{name} {count}" for name, count in judged.most_common() if name != RIGHT)
        lines.append(
            f"right: {judged[RIGHT]} of {total} ({judged[RIGHT] / total:.1%})" + (f"; {others}" if others else "")
        )
    if any(result.before is not None for result in results):
        changes = Counter(result.change for result in results if result.change)
        lines.append("changed: " + (", ".join(f"{name} {count}" for name, count in changes.most_common()) or "nothing"))
    return lines
