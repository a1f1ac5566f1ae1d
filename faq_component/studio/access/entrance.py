"""The pages through which people come in and go: addresses that work once, sign-in, invitations, one's password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from faq_component.errors import StudioError
from faq_component.language import _
from faq_component.studio.access import audit_log
from faq_component.studio.access.accounts import key_of
from faq_component.studio.access.audit_log import AuditLog
from faq_component.studio.access.doors import Access, begin, sign_in_values
from faq_component.studio.access.roles import Role, needs, open_to_all
from faq_component.studio.access.sessions import Session


def make_entrance(access: Access, audit: AuditLog) -> Blueprint:
    """Return the pages through which people come in and go."""
    pages, entrance = Blueprint("entrance", __name__), _Entrance(access, audit)
    pages.add_url_rule("/", "home", entrance.home)
    pages.add_url_rule("/sign-in", "sign_in", entrance.page)
    pages.add_url_rule("/sign-in", "enter", entrance.enter, methods=["POST"])
    pages.add_url_rule("/invited", "invited", entrance.invited)
    pages.add_url_rule("/invited", "accept", entrance.accept, methods=["POST"])
    pages.add_url_rule("/account", "own", entrance.own)
    pages.add_url_rule("/account", "set_password", entrance.set_password, methods=["POST"])
    pages.add_url_rule("/leave", "leave", entrance.leave, methods=["POST"])
    return pages


class _Entrance:
    def __init__(self, access: Access, audit: AuditLog) -> None:
        self._access = access
        self._audit = audit

    @open_to_all
    def home(self) -> Any:
        """Open a session for the token of an address; without one, show the topics, or the way in."""
        token = request.args.get("token")
        if not token:
            return redirect(url_for("topics.listed"))
        if not self._access.sessions.use(token):
            self._audit.add(audit_log.SIGN_IN_REFUSED, who="", by="address")
            return render_template("access/closed.html.jinja"), 401
        self._access.sessions.end(request.cookies.get(self._access.cookie, ""))
        g.new_session = self._access.sessions.begin(Session(self._access.who, Role.ADMINISTRATOR))
        self._audit.add(audit_log.SIGN_IN, who=self._access.who, by="address", role="administrator")
        return redirect(url_for("topics.listed"))

    @open_to_all
    def page(self) -> Any:
        """Show how to sign in."""
        values = sign_in_values(self._access) | {"next": _own_path(request.args.get("next", ""))}
        return render_template("access/sign_in.html.jinja", **values)

    @open_to_all
    def enter(self) -> Any:
        """Sign in with name and password."""
        name, password = request.form.get("name", ""), request.form.get("password", "")
        key, where = key_of(name)[:200], g.address
        is_known = self._access.accounts.is_known(key, where)
        if wait := self._access.throttle.attempt(key, where, is_known=is_known):
            minutes = -(-wait // 60)
            fault = _("Too many attempts; try again in {minutes} min.").format(minutes=minutes)
            return self._again(name, fault, 429, {"Retry-After": str(wait)})
        account = self._access.accounts.check(name, password)
        if account is None:
            self._audit.add(audit_log.SIGN_IN_REFUSED, who="", name=name)
            return self._again(name, _("This name and this password do not go together."), 401)
        self._access.throttle.succeeded(key, where, is_known=is_known)
        begin(self._access, account)
        self._audit.add(audit_log.SIGN_IN, by="password", role=account.role.name.lower())
        return redirect(_own_path(request.form.get("next", "")) or url_for("topics.listed"))

    @open_to_all
    def invited(self) -> Any:
        """Show the form in which an invited person sets the password."""
        token = request.args.get("token", "")
        return self._invitation(token)

    @open_to_all
    def accept(self) -> Any:
        """Set the password of an invited person, and sign in."""
        token, password = request.form.get("token", ""), request.form.get("password", "")
        if password != request.form.get("again", ""):
            return self._invitation(token, _("The two passwords differ."), 422)
        try:
            account = self._access.accounts.accept(token, password)
        except StudioError as error:
            return self._invitation(token, str(error), 422)
        if account is None:
            return self._invitation(token)
        begin(self._access, account)
        self._audit.add("account", change="password-set", name=account.name)
        self._audit.add(audit_log.SIGN_IN, by="invitation", role=account.role.name.lower())
        return redirect(url_for("topics.listed"))

    def own(self) -> Any:
        """Show who is signed in."""
        return self._own()

    @needs(Role.READER)
    def set_password(self) -> Any:
        """Change one's own password; other sessions of the account end."""
        name, given, password = g.who, request.form.get("old", ""), request.form.get("password", "")
        if g.session.epoch is None or g.session.by_proxy:
            return self._own(_("You have come in without a password, so there is none to change."), 422)
        if self._access.throttle.attempt(name, "own password", is_known=True):
            return self._own(_("Too many attempts; try again in {minutes} min.").format(minutes=10), 429)
        if self._access.accounts.check(name, given) is None:
            self._audit.add(audit_log.SIGN_IN_REFUSED, by="password-change")
            return self._own(_("That is not your present password."), 422)
        self._access.throttle.succeeded(name, "own password", is_known=True)
        if password != request.form.get("again", ""):
            return self._own(_("The two passwords differ."), 422)
        try:
            account = self._access.accounts.set_password(name, password)
        except StudioError as error:
            return self._own(str(error), 422)
        begin(self._access, account)
        self._audit.add("account", change="password-set", name=name)
        return self._own(done=True)

    @needs(Role.READER)
    def leave(self) -> Any:
        """End the session."""
        self._access.sessions.end(request.cookies.get(self._access.cookie, ""))
        self._audit.add(audit_log.SIGN_OUT)
        g.csrf, g.who, g.role, g.session = "", "", None, None
        values = sign_in_values(self._access)
        return render_template("access/sign_in.html.jinja", **values, left=True)

    def _again(self, name: str, fault: str, status: int, headers: dict[str, str] | None = None) -> Any:
        values = sign_in_values(self._access, name=name, fault=fault)
        values["next"] = _own_path(request.form.get("next", ""))
        return render_template("access/sign_in.html.jinja", **values), status, headers or {}

    def _invitation(self, token: str, fault: str = "", status: int = 200) -> Any:
        account = self._access.accounts.invited(token)
        page = render_template("access/invited.html.jinja", account=account, token=token, fault=fault)
        return page, status if account else 410

    def _own(self, fault: str = "", status: int = 200, *, done: bool = False) -> Any:
        account = self._access.accounts.find(g.who) if g.session.epoch is not None else None
        page = render_template("access/own.html.jinja", account=account, session=g.session, fault=fault, done=done)
        return page, status


def _own_path(text: str) -> str:
    """Return a path of a page of the studio, as it is; empty where a text is anything else."""
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return ""
    split = urlsplit(text)
    try:
        current_app.url_map.bind("").match(split.path, method="GET")
    except (HTTPException, RequestRedirect):
        return ""
    return "" if split.scheme or split.netloc else text
