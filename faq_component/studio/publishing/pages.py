"""The page on which a draft is looked at, published, planned and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from faq_component.errors import FaqDataError, FaqError, SettingsError
from faq_component.knowledge.store import Version
from faq_component.language import _, ngettext
from faq_component.studio.access import Role, needs
from faq_component.studio.drafts.changes import Change, digest_of
from faq_component.studio.drafts.draft import Snapshot
from faq_component.studio.drafts.publisher import PublishConflictError, StaleDraftError
from faq_component.studio.drafts.state import Discarded, Notice
from faq_component.studio.publishing.checks import Checker
from faq_component.studio.publishing.difference import Difference, difference, of_changes, of_diff, of_faqs
from faq_component.studio.publishing.times import read_due, shown_time, zone_here
from faq_component.studio.workbench import Workbench

_VERSIONS = 30  # of the history that are listed
_LONGEST = 200  # characters of a description
_SHOWN = 100  # topics of a difference on one page


def make_publishing(workbench: Workbench) -> Blueprint:
    """Return the pages of publishing."""
    blueprint, pages = Blueprint("publishing", __name__, url_prefix="/publish"), _PublishingPages(workbench)
    blueprint.add_url_rule("", "page", pages.page)
    blueprint.add_url_rule("/checks", "checks", pages.checks)
    blueprint.add_url_rule("/version/<int:number>", "version", pages.version)
    changing = {
        "publish": pages.publish,
        "plan": pages.plan,
        "cancel": pages.cancel,
        "discard": pages.discard,
        "restore": pages.restore,
        "decide": pages.decide,
        "dismiss": pages.dismiss,
        "back": pages.back,
    }
    for name, view in changing.items():
        blueprint.add_url_rule(f"/{name}", name, view, methods=["POST"])
    return blueprint


@dataclass(frozen=True)
class _Row:
    """A changed topic of the page.

    Args:
        change: itself.
        difference: what it does.
        elsewhere: where somebody else has published another version, what that does.
    """

    change: Change
    difference: Difference
    elsewhere: Difference | None


class _PublishingPages:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._checker = Checker(workbench)

    def page(self) -> Any:
        """Show the draft: what differs, what that would change, what is planned, and the versions before."""
        return self._page()

    def checks(self) -> Any:
        """Show what has been found out about the newest draft so far."""
        if not self._workbench.snapshot.state.changes:
            return ""
        return render_template("publishing/checks.html.jinja", checks=self._checker.newest(), titles=self._titles())

    def version(self, number: int) -> Any:
        """Show what going back to a version changes."""
        store, live = self._workbench.draft.store, self._workbench.live
        try:
            found = store.history(limit=None)
            version = next(one for one in found if one.number == number)
            older = max(number - 1, 1)
            did = [of_diff(one) for one in store.diff(older, number).topics] if older < number else []
            undone = of_faqs(live, store.at(number))
        except StopIteration:
            abort(404)
        except FaqError as error:
            return self._page(faults=_sentences(error)), 422
        values = {"did": did[:_SHOWN], "undone": undone[:_SHOWN], "count": len(undone), "newest": found[0].number}
        return render_template(
            "publishing/version.html.jinja", version=version, when=_when(version), seen=live.fingerprint, **values
        )

    @needs(Role.PUBLISHER)
    def publish(self) -> Any:
        """Publish the draft now."""
        what, seen = self._what(), request.form.get("seen", "")
        return self._tried(lambda: self._workbench.publisher.publish(who=g.who, what=what, seen=seen), done="published")

    @needs(Role.PUBLISHER)
    def plan(self) -> Any:
        """Plan the draft, as it is, to be published at a time."""
        zone = request.form.get("zone", "").strip()
        due, fault = read_due(request.form.get("due", "").strip(), zone, datetime.now(timezone.utc))
        if due is None:
            return self._page(faults=[fault]), 422
        values = {"who": g.who, "what": self._what(), "seen": request.form.get("seen", "")}
        return self._tried(lambda: self._workbench.publisher.plan(due, zone, **values), done="planned")

    @needs(Role.PUBLISHER)
    def cancel(self) -> Any:
        """Cancel what is planned."""
        return self._tried(lambda: self._workbench.publisher.cancel(who=g.who), done="cancelled")

    def discard(self) -> Any:
        """Take one topic's change, or all, out of the draft."""
        topic_id = request.form.get("topic", "")
        ids = [topic_id] if topic_id else list(self._workbench.snapshot.state.changes)
        return self._tried(
            lambda: self._workbench.draft.discard(ids, who=g.who), done="discarded", audit=("discard", {"topics": ids})
        )

    def restore(self) -> Any:
        """Put back what was discarded."""
        time = request.form.get("time", "")
        return self._tried(
            lambda: self._workbench.draft.restore(time), done="restored", audit=("restore", {"discarded": time})
        )

    def decide(self) -> Any:
        """Let the draft's version of a topic stand against the published one."""
        topic_id = request.form.get("topic", "")
        return self._tried(
            lambda: self._workbench.draft.decide(topic_id), done="decided", audit=("decide", {"topics": [topic_id]})
        )

    def dismiss(self) -> Any:
        """Remove the notices that have been read."""
        return self._tried(self._workbench.draft.dismiss)

    @needs(Role.PUBLISHER)
    def back(self) -> Any:
        """Go back to a version; refused where the published FAQ has changed since its difference was looked at."""
        number, seen = request.form.get("version", 0, int), request.form.get("seen", "")
        if seen != self._workbench.live.fingerprint:
            sentence = _("The published FAQ has changed since you opened that page. Look at the difference again.")
            return self._page(faults=[sentence]), 409
        return self._tried(
            lambda: self._workbench.draft.store.undo(who=g.who, to=number), done="back", audit=("undo", {"to": number})
        )

    def _tried(self, do: Callable[[], Any], done: str = "", audit: tuple[str, dict[str, Any]] | None = None) -> Any:
        """Do something, write it into the audit log, and show the page; where it fails, with the reason."""
        try:
            do()
        except StaleDraftError:
            sentence = _("The draft has changed since you opened this page. Look at the difference below, then repeat.")
            return self._page(faults=[sentence]), 409
        except PublishConflictError as error:
            sentence = _("Somebody has published other versions of these topics since; decide below: {titles}")
            return self._page(faults=[sentence.format(titles=error)]), 409
        except (FaqDataError, SettingsError) as error:
            return self._page(faults=_sentences(error)), 422
        if audit is not None:
            self._workbench.audit(audit[0], **audit[1])
        return redirect(url_for("publishing.page", done=done or None))

    def _what(self) -> str:
        given = " ".join(request.form.get("what", "").split())[:_LONGEST]
        count = len(self._workbench.snapshot.state.changes)
        return given or ngettext("{count} topic changed", "{count} topics changed", count).format(count=count)

    def _page(self, faults: Sequence[str] = ()) -> str:
        snapshot = self._workbench.snapshot
        rows = list(_rows(snapshot))
        versions, no_history = self._history()
        return render_template(
            "publishing/publish.html.jinja",
            snapshot=snapshot,
            rows=rows[:_SHOWN],
            count=len(rows),
            seen=digest_of(snapshot.state.changes),
            discarded=[_discarded(one) for one in reversed(snapshot.state.discarded)],
            planned=of_changes(snapshot.state.plan.changes) if snapshot.state.plan else [],
            versions=[(one, shown_time(one.time.isoformat(), short=True)) for one in versions],
            no_history=no_history,
            notices=[(_sentence(one), one.is_good) for one in snapshot.state.notices],
            faults=faults,
            done=request.args.get("done", "") if not faults else "",
            zone=zone_here(),
            shown_time=shown_time,
        )

    def _history(self) -> tuple[list[Version], str]:
        try:
            return self._workbench.draft.store.history(limit=_VERSIONS), ""
        except FaqDataError as error:
            return [], error.faults[0]

    def _titles(self) -> dict[str, str]:
        return {topic.title: topic.id for topic in self._workbench.faq.topics}


def _rows(snapshot: Snapshot) -> Iterator[_Row]:
    contradicting = {change.id for change in snapshot.conflicts}
    for change in sorted(snapshot.state.changes.values(), key=lambda one: one.id not in contradicting):
        live = snapshot.live.by_id.get(change.id)
        elsewhere = difference(change.id, change.before, live) if change.id in contradicting else None
        yield _Row(change, difference(change.id, change.before, change.after), elsewhere)


def _discarded(one: Discarded) -> tuple[Discarded, str, str]:
    return one, ", ".join(change.title for change in one.changes[:5]), shown_time(one.time, short=True)


def _sentence(notice: Notice) -> str:
    times = {name: shown_time(notice.values[name]) for name in ("due", "time") if name in notice.values}
    values: dict[str, str] = notice.values | times
    return _(notice.message).format(**values)


def _when(version: Version) -> str:
    return shown_time(version.time.isoformat())


def _sentences(error: FaqError) -> Sequence[str]:
    return error.faults if isinstance(error, FaqDataError) else [str(error)]
