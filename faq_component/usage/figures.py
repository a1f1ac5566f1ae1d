"""The log counted: what came of questions, topics, ratings and times, in a span of days, by channel and scope.

SQLite counts, by an index and without a look at texts, so that a hundred thousand rows take a fraction of a second.
Everything that counts the log of late asks here: the figures, the questions to begin with, and the studio's lists.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from faq_component.types import Outcome
from faq_component.usage.events import COMMENT, PICKED, USEFUL, WHY, Kind, iso
from faq_component.usage.log import UsageLog

OUTCOMES = tuple(outcome.value for outcome in Outcome)
_ENDLESS = "9999"
_FEWEST = 5  # times that a rising topic was asked
# Milliseconds in steps of 1, 10 and 100, so that a day has some hundred different values at most.
_STEPPED = """CASE WHEN milliseconds < 100 THEN round(milliseconds) WHEN milliseconds < 1000
    THEN 10 * round(milliseconds / 10) ELSE 100 * round(milliseconds / 100) END"""
_ASKED = "kind IN ('decision', 'pick') AND outcome IN ('answer', 'picked')"


@dataclass(frozen=True)
class Span:
    """A span of time of the log.

    Args:
        since: its beginning, as events bear it.
        until: its end, which does not belong to it.
    """

    since: str
    until: str = _ENDLESS

    @classmethod
    def last(cls, days: int, now: datetime) -> Span:
        """Return the time since so many days ago, to the millisecond."""
        return cls(iso(now - timedelta(days=days)))

    @classmethod
    def of_days(cls, first: date, last: date) -> Span:
        """Return the days (UTC) from the first to the last, both of them included."""
        return cls(first.isoformat(), (last + timedelta(days=1)).isoformat())

    @property
    def days(self) -> list[str]:
        """The days of a span of whole days."""
        first, end = date.fromisoformat(self.since), date.fromisoformat(self.until)
        return [(first + timedelta(days=number)).isoformat() for number in range((end - first).days)]

    @property
    def before(self) -> Span:
        """The same number of days right before."""
        first = date.fromisoformat(self.since)
        return Span((first - timedelta(days=len(self.days))).isoformat(), self.since)


@dataclass(frozen=True)
class Totals:
    """What came of the questions of a span.

    Args:
        outcomes: number of decisions by outcome.
        picked: number of clarifying questions after which a topic was picked.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    picked: int = 0

    @property
    def asked(self) -> int:
        """Number of questions."""
        return sum(self.outcomes[name] for name in OUTCOMES)

    @property
    def answered(self) -> float | None:
        """Share of the questions that were answered at once."""
        return share(self.outcomes[Outcome.ANSWER.value], self.asked)

    @property
    def led(self) -> float | None:
        """Share of the clarifying questions that led to an answer."""
        return share(self.picked, self.outcomes[Outcome.CLARIFY.value])

    @property
    def rejected(self) -> float | None:
        """Share of the questions that were not answered."""
        return share(self.outcomes[Outcome.REJECT.value], self.asked)


@dataclass(frozen=True)
class Rating:
    """How the answers of a topic were rated; of several ratings that a user gave to one answer the last counts.

    Args:
        topic: its id.
        useful: how many called them useful.
        useless: how many did not.
        why: how many of these gave which reason (`WHY`).
    """

    topic: str
    useful: int
    useless: int
    why: Mapping[str, int]

    @property
    def is_low(self) -> bool:
        """Whether at least half of the ratings are bad."""
        return 0 < self.useless >= self.useful


@dataclass(frozen=True)
class Rise:
    """A topic that is asked more often than in the span before."""

    topic: str
    count: int
    before: int


@dataclass(frozen=True)
class Times:
    """How long search and decision took on a day, in milliseconds, to the nearest 1, 10 or 100."""

    median: float
    p95: float
    count: int


class Figures:
    """The figures of a span. Days, totals, channels and scopes come of one query, all others of one each.

    Choices and ratings bear no scope: with one, those count of conversations that asked a question in it.

    Args:
        log: of what was asked.
        span: of whole days.
        channel: only what came from there; None: from anywhere.
        scope: only what was asked in it; None: in any.

    Every method raises `UsageLogError` where the log cannot be read.
    """

    def __init__(self, log: UsageLog, span: Span, *, channel: str | None = None, scope: str | None = None) -> None:
        self.log = log
        self.span = span
        self._values = {"since": span.since, "until": span.until, "channel": channel, "scope": scope}
        self._where = "time >= :since AND time < :until"
        if channel is not None:
            self._where += " AND channel = :channel"
        if scope is not None:
            self._where += (
                " AND (kind = 'decision' AND scope = :scope OR kind <> 'decision' AND conversation IN (SELECT "
                "conversation FROM events WHERE kind = 'decision' AND time >= :since AND time < :until "
                "AND scope = :scope AND conversation <> ''))"
            )

    def before(self) -> Figures:
        """Return the figures of the span before."""
        channel, scope = self._values["channel"], self._values["scope"]
        return Figures(self.log, self.span.before, channel=channel, scope=scope)

    def days(self) -> dict[str, Counter[str]]:
        """Return the number of decisions and choices of each day by outcome; days without any are there."""
        days: dict[str, Counter[str]] = {day: Counter() for day in self.span.days}
        for day, _kind, outcome, _channel, _scope, count in self._counted:
            days.setdefault(day, Counter())[outcome] += count
        return days

    def topics(self) -> dict[str, int]:
        """Return how often each topic was answered or picked, the most frequent first."""
        rows = self._rows(
            "SELECT topic, count(*)", f"topic <> '' AND {_ASKED} GROUP BY topic ORDER BY count(*) DESC, min(id)"
        )
        return dict(rows)

    def rising(self) -> list[Rise]:
        """Return the topics asked more often than in the span before, the most striking first.

        That is by (now - before) / sqrt(now + before), the difference of two counts in standard deviations.
        """
        now, before = self.topics(), self.before().topics()
        rises = [Rise(topic, count, before.get(topic, 0)) for topic, count in now.items() if count >= _FEWEST]
        found = [rise for rise in rises if rise.count > rise.before]
        return sorted(found, key=lambda rise: (rise.before - rise.count) / (rise.count + rise.before) ** 0.5)

    def ratings(self) -> list[Rating]:
        """Return the ratings of each rated topic, the worst first."""
        rows = self._rows(
            "SELECT topic, outcome, count(*) FROM (SELECT topic, outcome, "
            "row_number() OVER (PARTITION BY conversation, topic, text ORDER BY id DESC) AS place",
            f"kind = 'feedback' AND outcome <> '{COMMENT}') WHERE place = 1 GROUP BY topic, outcome",
        )
        topics: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for topic, outcome, count in rows:
            topics[topic][outcome] += count
        found = [
            Rating(
                topic, counts[USEFUL], counts.total() - counts[USEFUL], {why: counts[why] for why in WHY if counts[why]}
            )
            for topic, counts in topics.items()
        ]
        return sorted(found, key=lambda rating: (-rating.useless, rating.useful, rating.topic))

    def times(self) -> dict[str, Times]:
        """Return how long decisions took on each day on which that is known."""
        days: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        for day, milliseconds, count in self._rows(
            f"SELECT substr(time, 1, 10), {_STEPPED}, count(*)",
            "kind = 'decision' AND milliseconds IS NOT NULL GROUP BY 1, 2",
        ):
            days[day].append((milliseconds, count))
        return {day: _times_of(counted) for day, counted in days.items()}

    def by(self, column: str) -> dict[str, Counter[str]]:
        """Return the number of decisions by outcome for each value of a column, `channel` or `scope`."""
        if column not in ("channel", "scope"):
            raise ValueError(f"'{column}' is no column to count by; take channel or scope")
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for _day, kind, outcome, channel, scope, count in self._counted:
            if kind == Kind.DECISION.value:
                found[channel if column == "channel" else scope][outcome] += count
        return dict(sorted(found.items(), key=lambda item: -sum(item[1][name] for name in OUTCOMES)))

    def totals(self) -> Totals:
        """Return what came of all questions."""
        outcomes = sum(self.days().values(), Counter[str]())
        return Totals(outcomes, outcomes[PICKED])

    @cached_property
    def _counted(self) -> list[tuple[str, str, str, str, str, int]]:
        """Day, kind, outcome, channel, scope and number of decisions and choices."""
        return self._rows(
            "SELECT substr(time, 1, 10), kind, outcome, channel, scope, count(*)",
            "kind IN ('decision', 'pick') GROUP BY 1, 2, 3, 4, 5",
        )

    def _rows(self, select: str, where: str) -> list[Any]:
        return self.log.rows(f"{select} FROM events WHERE {self._where} AND {where}", self._values)


def topics_asked(log: UsageLog, span: Span) -> dict[str, int]:
    """Return how often each topic was answered or picked, the most frequent first.

    Raises:
        UsageLogError: the log cannot be read.
    """
    return Figures(log, span).topics()


def texts_asked(log: UsageLog, span: Span, most: int) -> list[tuple[str, int]]:
    """Return the questions asked in a span, masked as the log has them, and how often: at most so many, frequent first.

    Raises:
        UsageLogError: the log cannot be read.
    """
    rows = log.rows(
        "SELECT text, count(*) FROM events WHERE kind = 'decision' AND time >= ? AND time < ? AND text <> '' "
        "GROUP BY text ORDER BY count(*) DESC, max(id) DESC LIMIT ?",
        (span.since, span.until, most),
    )
    return [(str(text), int(count)) for text, count in rows]


def share(part: int, whole: int) -> float | None:
    """Return a share, 0 to 1; None of nothing."""
    return part / whole if whole else None


def _times_of(counted: Iterable[tuple[float, int]]) -> Times:
    """Median and 95th percentile of values with their numbers."""
    ordered = sorted(counted)
    total = sum(count for _value, count in ordered)
    return Times(_quantile(ordered, total * 0.5), _quantile(ordered, total * 0.95), total)


def _quantile(ordered: Sequence[tuple[float, int]], place: float) -> float:
    passed = 0
    for value, count in ordered:
        passed += count
        if passed >= place:
            return float(value)
    raise ValueError("no value")
