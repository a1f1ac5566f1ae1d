"""The slider of the target precision, what it would change, and where it is saved."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from typing import Any

from flask import Blueprint, abort, g, render_template, request

from faq_component.errors import FaqError
from faq_component.evaluation.boldness import PRECISIONS, Tried, changed, nearest_precision, outcomes_at, try_precisions
from faq_component.language import _
from faq_component.project.setting_lines import change_setting
from faq_component.settings import COMPONENT
from faq_component.studio.access.roles import Role, needs
from faq_component.studio.testsets.running import Progress, Runner
from faq_component.studio.workbench import Workbench
from faq_component.usage.figure_tables import outcome_names
from faq_component.usage.figures import Span, texts_asked
from faq_component.usage.log import UsageLog, log_file

DAYS = 7
MOST_QUESTIONS = 500  # different ones, the most frequent
_SHOWN = 20  # examples
_FRESH_SECONDS = 600.0
_NAME = "boldness"


def make_boldness(workbench: Workbench) -> Blueprint:
    """Return the pages of the target precision."""
    pages, boldness = Blueprint("boldness", __name__, url_prefix="/boldness"), _BoldnessPages(workbench)
    pages.add_url_rule("", "page", boldness.page)
    pages.add_url_rule("/shown", "shown", boldness.shown)
    pages.add_url_rule("/save", "save", boldness.save, methods=["POST"])
    return pages


class _BoldnessPages:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._runner = Runner()
        self._lock = threading.Lock()
        self._tried: list[Tried] = []
        self._tried_at: tuple[str, float] | None = None
        self._now = workbench.settings.answer_precision

    def page(self) -> Any:
        """Show the slider, and begin to try the questions."""
        self._begin()
        return render_template("boldness/page.html.jinja", **self._values())

    def shown(self) -> Any:
        """Show what a precision would change."""
        return render_template("boldness/shown.html.jinja", **self._values())

    @needs(Role.ADMINISTRATOR)
    def save(self) -> Any:
        """Write the setting into `config.yml`."""
        precision, config = self._chosen(), self._workbench.config
        values = self._values()
        try:
            if config is None or not config.exists():
                raise FaqError(_("the studio was started without a config.yml"))
            change_setting(config, "answer_precision", precision)
        except FaqError as error:
            values["fault"] = str(error)
            return render_template("boldness/page.html.jinja", **values), 409
        self._workbench.audit("settings", who=g.who, setting="answer_precision", before=self._now, after=precision)
        self._now = precision
        return render_template("boldness/page.html.jinja", **{**self._values(), "saved": str(config)})

    def _chosen(self) -> float:
        percent = request.values.get("precision", type=int)
        if percent is None:
            return nearest_precision(self._now)
        chosen = next((one for one in PRECISIONS if round(100 * one) == percent), None)
        if chosen is None:
            abort(422)
        return chosen

    def _begin(self) -> None:
        assistant, file = self._workbench.assistant, log_file(self._workbench.settings.log)
        with self._lock:
            last = self._tried_at
        if file is None or (last and last[0] == assistant.faq.version and time.monotonic() - last[1] < _FRESH_SECONDS):
            return

        def run(progress: Progress) -> None:
            version = assistant.faq.version
            span = Span.last(DAYS, datetime.now(timezone.utc))
            tried = try_precisions(assistant, texts_asked(UsageLog(file), span, MOST_QUESTIONS), progress.walk)
            with self._lock:
                self._tried, self._tried_at = tried, (version, time.monotonic())

        self._runner.begin(_NAME, 1, run)

    def _values(self) -> dict[str, Any]:
        chosen, now = self._chosen(), nearest_precision(self._now)
        with self._lock:
            tried, is_tried = self._tried, self._tried_at is not None
        examples = changed(tried, now, chosen)
        counts = {"now": outcomes_at(tried, now), "then": outcomes_at(tried, chosen)}
        total = max(sum(one.count for one in tried), 1)
        names = outcome_names()
        bars = {
            key: [(name, found[name], round(100 * found[name] / total, 2)) for name in names]
            for key, found in counts.items()
        }
        run = self._runner.of(_NAME)
        return {
            "chosen": chosen,
            "now": self._now,
            "least": PRECISIONS[0],
            "greatest": PRECISIONS[-1],
            "is_tried": is_tried,
            "run": run,
            "tried": tried,
            "total": sum(one.count for one in tried),
            "bars": bars,
            "names": names,
            "examples": examples[:_SHOWN],
            "more": len(examples) - _SHOWN,
            "titles": {topic.id: topic.title for topic in self._workbench.assistant.faq.topics},
            "is_calibrated": self._workbench.assistant.knowledge.rule.is_calibrated,
            "days": DAYS,
            "most": MOST_QUESTIONS,
            "config": self._workbench.config,
            "component": COMPONENT,
            "saved": "",
            "fault": "",
        }
