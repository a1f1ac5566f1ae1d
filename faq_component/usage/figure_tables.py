"""The figures of the log as tables, for pages, the command line and CSV files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faq_component.knowledge.topics import Faq
from faq_component.language import N_, _, listed
from faq_component.types import Outcome
from faq_component.usage.events import NONE_OF_THESE, PICKED
from faq_component.usage.figures import OUTCOMES, Figures, share
from faq_component.usage.questions import WHY_REASONS

MOST = 1_000  # rows of a table


@dataclass(frozen=True)
class Table:
    """A table of figures.

    Args:
        title: in the language spoken.
        header: of the columns.
        rows: texts and numbers; shares are in per cent, times in milliseconds.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


_OUTCOME_NAMES = (N_("answered"), N_("asked to clarify"), N_("not answered"))


def outcome_names() -> dict[str, str]:
    """The outcomes as people read them."""
    return {outcome: _(name) for outcome, name in zip(OUTCOMES, _OUTCOME_NAMES, strict=True)}


def _counts(counts: Counter[str]) -> tuple[Any, ...]:
    asked = sum(counts[name] for name in OUTCOMES)
    return asked, *(counts[name] for name in OUTCOMES), percent(share(counts[Outcome.ANSWER.value], asked))


def _days(figures: Figures, _faq: Faq) -> Table:
    header = (_("day"), _("asked"), *outcome_names().values(), _("answered %"), _("picked"), _("none of these"))
    rows = [(day, *_counts(counts), counts[PICKED], counts[NONE_OF_THESE]) for day, counts in figures.days().items()]
    return Table(_("Questions a day (UTC)"), header, tuple(rows))


def _topics(figures: Figures, faq: Faq) -> Table:
    before = figures.before().topics()
    rows = [(_title(topic, faq), count, before.get(topic, 0)) for topic, count in figures.topics().items()]
    return Table(_("Most asked topics"), (_("topic"), _("asked"), _("in the span before")), tuple(rows[:MOST]))


def _rising(figures: Figures, faq: Faq) -> Table:
    rows = [(_title(rise.topic, faq), rise.count, rise.before) for rise in figures.rising()]
    return Table(_("Rising topics"), (_("topic"), _("asked"), _("in the span before")), tuple(rows[:MOST]))


def _ratings(figures: Figures, faq: Faq) -> Table:
    rows = [
        (
            _title(rating.topic, faq),
            rating.useful,
            rating.useless,
            listed(f"{_(WHY_REASONS[why].value)} {count}" for why, count in rating.why.items()),
        )
        for rating in figures.ratings()
    ]
    return Table(_("Ratings"), (_("topic"), _("useful"), _("not useful"), _("why")), tuple(rows[:MOST]))


def _times(figures: Figures, _faq: Faq) -> Table:
    header = (_("day"), _("median, ms"), _("95 of 100 within, ms"), _("questions"))
    rows = [(day, times.median, times.p95, times.count) for day, times in sorted(figures.times().items())]
    return Table(_("How long a decision took"), header, tuple(rows))


def _by(column: str, title: str, unknown: str) -> Callable[[Figures, Faq], Table]:
    def table(figures: Figures, _faq: Faq) -> Table:
        header = (_(title), _("asked"), *outcome_names().values(), _("answered %"))
        rows = [(value or _(unknown), *_counts(counts)) for value, counts in figures.by(column).items()]
        return Table(_(title), header, tuple(rows[:MOST]))

    return table


TABLES: dict[str, Callable[[Figures, Faq], Table]] = {
    "days": _days,
    "topics": _topics,
    "rising": _rising,
    "ratings": _ratings,
    "times": _times,
    "channels": _by("channel", N_("channel"), N_("channel not known")),
    "scopes": _by("scope", N_("scope"), N_("no scope")),
}


def percent(value: float | None) -> float | None:
    """Return a share in per cent, to one decimal."""
    return None if value is None else round(100 * value, 1)


def summary_rows(figures: Figures) -> list[tuple[str, float | int | None, float | int | None]]:
    """Return name, figure and figure of the span before, of all questions."""
    now, before = figures.totals(), figures.before().totals()
    return [
        (_("questions asked"), now.asked, before.asked),
        (_("answered at once, %"), percent(now.answered), percent(before.answered)),
        (_("clarifying questions that led to an answer, %"), percent(now.led), percent(before.led)),
        (_("not answered, %"), percent(now.rejected), percent(before.rejected)),
    ]


def _title(topic: str, faq: Faq) -> str:
    found = faq.by_id.get(topic)
    return found.title if found else _("{id} (gone)").format(id=topic)
