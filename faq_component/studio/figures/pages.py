"""The page of figures, its parts that are loaded behind it, and every table as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, abort, render_template, request

from faq_component.errors import UsageLogError
from faq_component.evaluation.sheets import table_bytes
from faq_component.studio.answers import download
from faq_component.studio.asked import asked_day, asked_number
from faq_component.studio.figures.charts import Chart, by_week, lines, round_up, stacked
from faq_component.studio.review.queue import Queue, table_of
from faq_component.studio.workbench import Workbench
from faq_component.usage.events import PICKED
from faq_component.usage.figure_tables import TABLES, outcome_names, percent, summary_rows
from faq_component.usage.figures import OUTCOMES, Figures, Span, share
from faq_component.usage.log import UsageLog, log_file

SPANS = (7, 30, 90)  # days
_MOST_DAYS = 366
_SHOWN = 15  # rows of a table on the page; the CSV file has more
_UNANSWERED = "unanswered"
_PARTS = {"topics": ("topics", "rising"), "ratings": ("ratings",), "times": ("times",)}


@dataclass(frozen=True)
class Asked:
    """What the page is asked for.

    Args:
        first: day.
        last: day.
        channel: None for all.
        scope: None for all.
    """

    first: date
    last: date
    channel: str | None
    scope: str | None

    @classmethod
    def read(cls, today: date) -> Asked:
        """Read the request; what is not understood gives the last 30 days."""
        last = asked_day("until") or today
        days = asked_number("days", 30)
        first = asked_day("from") or last - timedelta(days=max(1, min(days, _MOST_DAYS)) - 1)
        if first > last:
            first, last = last, first
        first = max(first, last - timedelta(days=_MOST_DAYS - 1))
        chosen = [request.args.get(name, "*") for name in ("channel", "scope")]
        return cls(first, last, *(None if value == "*" else value for value in chosen))

    @property
    def query(self) -> dict[str, str]:
        """The arguments of an address that asks for the same."""
        chosen = {"channel": self.channel, "scope": self.scope}
        given = {name: value for name, value in chosen.items() if value is not None}
        return {"from": self.first.isoformat(), "until": self.last.isoformat(), **given}

    def of(self, log: UsageLog) -> Figures:
        """Return the figures."""
        return Figures(log, Span.of_days(self.first, self.last), channel=self.channel, scope=self.scope)


def make_figures(workbench: Workbench, queue: Queue | None) -> Blueprint:
    """Return the pages of figures; the queue of the review has what is unanswered."""
    pages, figures = Blueprint("figures", __name__, url_prefix="/figures"), _FigurePages(workbench, queue)
    pages.add_url_rule("", "page", figures.page)
    pages.add_url_rule("/part/<name>", "part", figures.part)
    pages.add_url_rule("/<name>.csv", "csv", figures.csv)
    return pages


class _FigurePages:
    def __init__(self, workbench: Workbench, queue: Queue | None) -> None:
        self._workbench = workbench
        self._queue = queue

    def page(self) -> Any:
        """Show totals, days, channels and scopes; the other parts are loaded behind them."""
        asked = Asked.read(datetime.now(timezone.utc).date())
        figures = self._figures(asked)
        if figures is None:
            return render_template("figures/page.html.jinja", asked=asked, figures=None, fault="")
        try:
            return render_template("figures/page.html.jinja", asked=asked, fault="", **self._values(figures, asked))
        except UsageLogError as error:
            return render_template("figures/page.html.jinja", asked=asked, figures=None, fault=str(error))

    def part(self, name: str) -> Any:
        """Show a part of the page."""
        asked = Asked.read(datetime.now(timezone.utc).date())
        figures = self._figures(asked)
        if name == _UNANSWERED and self._queue is not None:
            return self._unanswered(self._queue, asked)
        if name not in _PARTS or figures is None:
            abort(404)
        try:
            tables = {table: TABLES[table](figures, self._workbench.faq) for table in _PARTS[name]}
            chart = _time_chart(figures) if name == "times" else None
        except UsageLogError as error:
            return render_template("fault_note.html.jinja", sentence=str(error))
        return render_template(
            "figures/part.html.jinja", name=name, tables=tables, chart=chart, asked=asked, shown=_SHOWN, fault=""
        )

    def _unanswered(self, queue: Queue, asked: Asked) -> str:
        """Show the clusters that wait for a review, whatever the span, once they have been found."""
        queue.refresh()
        tables = {_UNANSWERED: table_of(queue.items)} if queue.is_ready else {}
        values = {"chart": None, "asked": asked, "shown": _SHOWN, "fault": queue.fault}
        return render_template("figures/part.html.jinja", name=_UNANSWERED, tables=tables, **values)

    def csv(self, name: str) -> Any:
        """Send a table."""
        asked = Asked.read(datetime.now(timezone.utc).date())
        figures = self._figures(asked)
        if figures is None or self._queue is None or name not in (*TABLES, _UNANSWERED):
            abort(404)
        try:
            is_open = name == _UNANSWERED
            table = table_of(self._queue.items) if is_open else TABLES[name](figures, self._workbench.faq)
        except UsageLogError as error:
            abort(422, str(error))
        content = table_bytes(".csv", table.header, table.rows)
        return download(content, "text/csv; charset=utf-8", f"{name} {asked.first} {asked.last}.csv")

    def _figures(self, asked: Asked) -> Figures | None:
        file = log_file(self._workbench.settings.log)
        return asked.of(UsageLog(file)) if file is not None and file.exists() else None

    def _values(self, figures: Figures, asked: Asked) -> dict[str, Any]:
        unlimited = (
            Asked(asked.first, asked.last, None, None).of(figures.log) if asked.channel or asked.scope else figures
        )
        days = by_week(figures.days())
        answered = [
            percent(share(counts["answer"], sum(counts[name] for name in OUTCOMES))) for counts in days.values()
        ]
        led = [percent(share(counts[PICKED], counts["clarify"])) for counts in days.values()]
        tables = {name: TABLES[name](figures, self._workbench.faq) for name in ("days", "channels", "scopes")}
        return {
            "figures": figures,
            "summary": summary_rows(figures),
            "names": outcome_names(),
            "bars": stacked(days, outcome_names()),
            "shares": lines(list(days), {"first": answered, "second": led}, 100, " %"),
            "tables": tables,
            "shown": _SHOWN,
            "spans": SPANS,
            "channels": list(unlimited.by("channel")),
            "scopes": list(unlimited.by("scope")),
            "parts": [*_PARTS, _UNANSWERED],
        }


def _time_chart(figures: Figures) -> Chart | None:
    times = dict(sorted(figures.times().items()))
    if not times:
        return None
    values = {"first": [one.median for one in times.values()], "second": [one.p95 for one in times.values()]}
    return lines(list(times), values, round_up(max(one.p95 for one in times.values())), " ms")
