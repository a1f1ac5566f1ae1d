"""The page on which administrators read the audit log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from faq_component.studio.access.audit_log import ACTS, AuditLog, Filter, to_csv
from faq_component.studio.access.roles import Role, needs
from faq_component.studio.asked import asked_number

PAGE = 100
_MOST_EXPORTED = 200_000


def make_audit_pages(audit: AuditLog) -> Blueprint:
    """Return the pages of the audit log."""
    pages, log = Blueprint("audit", __name__, url_prefix="/audit"), _AuditPages(audit)
    pages.add_url_rule("", "listed", log.listed)
    pages.add_url_rule("/audit.csv", "exported", log.exported)
    return pages


class _AuditPages:
    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    @needs(Role.ADMINISTRATOR)
    def listed(self) -> Any:
        """Show the entries that a filter wants; where htmx asks, only the rows."""
        wanted, before = _filter(), asked_number("before", 0) or None
        entries = self._audit.entries(wanted, before=before, count=PAGE + 1)
        values = {"entries": entries[:PAGE], "wanted": wanted, "more": len(entries) > PAGE, "before": before}
        if request.headers.get("HX-Request"):
            return render_template("access/audit_rows.html.jinja", **values)
        return render_template("access/audit.html.jinja", acts=ACTS, **values)

    @needs(Role.ADMINISTRATOR)
    def exported(self) -> Any:
        """Send the entries that a filter wants as CSV."""
        content = to_csv(self._audit.entries(_filter(), count=_MOST_EXPORTED))
        self._audit.add("export", what_is="audit log")
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return Response(content, mimetype="text/csv; charset=utf-8", headers=headers)


def _filter() -> Filter:
    return Filter(**{name: request.args.get(name, "").strip() for name in ("who", "what", "since", "until", "text")})
