"""The page on which administrators see to accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from faq_component.errors import StudioError
from faq_component.studio.access.audit_log import AuditLog
from faq_component.studio.access.doors import Access
from faq_component.studio.access.roles import Role, needs, role_of


def make_account_pages(access: Access, audit: AuditLog) -> Blueprint:
    """Return the pages of accounts."""
    pages, accounts = Blueprint("accounts", __name__, url_prefix="/accounts"), _AccountPages(access, audit)
    pages.add_url_rule("", "listed", accounts.listed)
    pages.add_url_rule("", "invite", accounts.invite, methods=["POST"])
    pages.add_url_rule("/change", "change", accounts.change, methods=["POST"])
    return pages


class _AccountPages:
    def __init__(self, access: Access, audit: AuditLog) -> None:
        self._access = access
        self._accounts = access.accounts
        self._audit = audit

    @needs(Role.ADMINISTRATOR)
    def listed(self) -> Any:
        """Show all accounts."""
        return self._page()

    @needs(Role.ADMINISTRATOR)
    def invite(self) -> Any:
        """Add an account, and show the address at which the person sets the password."""
        name, role = request.form.get("name", ""), role_of(request.form.get("role", ""))
        if role is None:
            abort(422)
        try:
            account = self._accounts.add(name, role)
            address = self._invitation(account.name)
        except StudioError as error:
            return self._page(fault=str(error), typed=name, role=role), 422
        self._audit.add("account", change="invited", name=account.name, role=role.name.lower())
        return self._page(invited=account.name, address=address)

    @needs(Role.ADMINISTRATOR)
    def change(self) -> Any:
        """Do with an account what the button says."""
        name, what = request.form.get("name", ""), request.form.get("change", "")
        role = role_of(request.form.get("role", ""))
        changes: dict[str, Callable[[], Any]] = {
            "deactivated": lambda: self._accounts.set_active(name, False),
            "activated": lambda: self._accounts.set_active(name, True),
            "sessions-ended": lambda: self._accounts.end_sessions(name),
            "removed": lambda: self._accounts.remove(name),
            "invited": lambda: self._invitation(name),
        }
        if role is not None:
            changes["role"] = lambda: self._accounts.set_role(name, role)
        if what not in changes:
            abort(422)
        details = {"role": role.name.lower()} if role is not None and what == "role" else {}
        try:
            done = changes[what]()
        except StudioError as error:
            return self._page(fault=str(error)), 422
        self._audit.add("account", change=what, name=name, **details)
        if what == "invited":
            return self._page(invited=name, address=done)
        return redirect(url_for("accounts.listed"))

    def _invitation(self, name: str) -> str:
        address = self._access.listening.address(request.host)
        return address + url_for("entrance.invited", token=self._accounts.invite(name))

    def _page(
        self, *, fault: str = "", typed: str = "", role: Role = Role.EDITOR, invited: str = "", address: str = ""
    ) -> str:
        accounts = self._accounts.all()
        return render_template(
            "access/accounts.html.jinja",
            accounts=accounts,
            sessions={account.name: self._access.sessions.count(account.name) for account in accounts},
            roles=list(Role),
            fault=fault,
            typed=typed,
            chosen=role,
            invited=invited,
            address=address,
            own=g.who if g.session.epoch is not None else "",
        )
