"""The check-up: what lint finds in the whole knowledge base, each finding with the topic to mend."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for

from faq_component.errors import FaqDataError, FaqError
from faq_component.language import _
from faq_component.lint.accepted import accept, accepted_file, read_accepted
from faq_component.lint.findings import Finding
from faq_component.lint.mends import mends_of
from faq_component.lint.words import RULES
from faq_component.studio.background import Work, in_background
from faq_component.studio.looking import findings_in
from faq_component.studio.workbench import ConflictError, Workbench, digest

_MENDED = 1_000  # findings with buttons to mend them


@dataclass
class _Run(Work):
    """One look at a version of the knowledge base, in a thread of its own."""

    version: str
    found: Sequence[Finding] = ()


def make_checkup(workbench: Workbench) -> Blueprint:
    """Return the pages of the check-up."""
    pages, checkup = Blueprint("checkup", __name__, url_prefix="/checkup"), _CheckupPages(workbench)
    pages.add_url_rule("", "page", checkup.page)
    pages.add_url_rule("/found", "found", checkup.found)
    pages.add_url_rule("/accept", "accept", checkup.accept, methods=["POST"])
    pages.add_url_rule("/mend", "mend", checkup.mend, methods=["POST"])
    return pages


class _CheckupPages:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._lock = threading.Lock()
        self._run: _Run | None = None  # that of the newest version
        self._going: _Run | None = None

    def page(self) -> Any:
        """Show the page, which asks for what is found until that is there."""
        return self._page("")

    def found(self) -> Any:
        """Show what has been found of the newest version."""
        return render_template("found.html.jinja", **self._values())

    def accept(self) -> Any:
        """Accept a finding for good, in the file of `faq lint`."""
        run, key = self._newest(), tuple(request.form.get(name, "") for name in ("rule", "topic", "text"))
        chosen = [finding for finding in run.found if finding.key == key]
        with contextlib.suppress(FaqError):  # the page says what is wrong with the file
            accept(accepted_file(self._workbench.settings.faq), chosen)
            self._workbench.audit("accept", topics=[finding.topic for finding in chosen])
        return redirect(url_for("checkup.page"))

    def mend(self) -> Any:
        """Apply a mend of a finding to the draft, and look again; it is undone as other edits are."""
        run, key = self._newest(), tuple(request.form.get(name, "") for name in ("rule", "topic", "text"))
        finding, faq = next((one for one in run.found if one.key == key), None), self._workbench.faq
        mends = mends_of(finding, faq) if finding is not None and run.version == faq.fingerprint else []
        mend = next((one for one in mends if one.name == request.form.get("mend")), None)
        if finding is None or mend is None:
            return self._page(_("The FAQ has changed since: this is what is found now.")), 409
        before = {topic_id: digest(faq.by_id[topic_id]) for topic_id in mend.topics}
        what = _("studio: mend {title}: {label}").format(title=finding.topic, label=mend.label)
        try:
            self._workbench.change_all(mend.edit, before, who=g.who, what=what)
        except ConflictError:
            return self._page(_("The FAQ has changed since: this is what is found now.")), 409
        except FaqDataError as error:
            return self._page(" ".join(error.faults)), 422
        return redirect(url_for("checkup.page"))

    def _page(self, said: str) -> str:
        return render_template("checkup.html.jinja", said=said, **self._values())

    def _newest(self) -> _Run:
        """Return the look at the newest version, which begins where there is none once the one before has ended."""
        version = self._workbench.faq.fingerprint
        with self._lock:
            if self._run is None or self._run.version != version:
                self._run = _Run(version)
                if self._going is None:
                    self._begin(self._run)
            return self._run

    def _begin(self, run: _Run) -> None:
        self._going = run
        in_background("The check-up", partial(self._look, run), partial(self._ended, run))

    def _ended(self, run: _Run, fault: str) -> None:
        """End a look, and begin the one that is wanted by now; those between them are never begun."""
        run.end(fault)
        with self._lock:
            self._going = None
            if self._run is not None and self._run is not run:
                self._begin(self._run)

    def _look(self, run: _Run) -> None:
        run.found = findings_in(self._workbench.settings, self._workbench.draft.place, self._workbench.faq)

    def _values(self) -> dict[str, Any]:
        run, titles = self._newest(), {topic.title: topic.id for topic in self._workbench.faq.topics}
        is_looking = not run.done.is_set()  # before what is found is read, which may end meanwhile
        try:
            accepted = set(read_accepted(accepted_file(self._workbench.settings.faq)))
        except FaqError as error:
            accepted, run = set(), _Run(run.version, done=run.done, fault=str(error))
        order = list(RULES)
        found = sorted((one for one in run.found if one.key not in accepted), key=lambda one: order.index(one.rule))
        groups = [(RULES[name], list(ones)) for name, ones in groupby(found, key=lambda one: one.rule)]
        faq = self._workbench.faq
        mends = {one.key: mends_of(one, faq) for one in found[:_MENDED]}
        shown = {"run": run, "is_looking": is_looking, "accepted": len(run.found) - len(found)}
        return {**shown, "groups": groups, "titles": titles, "mends": mends, "other": _other}


def _other(finding: Finding) -> str:
    """The title of the other topic that a finding is about; empty where there is none."""
    return dict(finding.facts).get("other", "")
