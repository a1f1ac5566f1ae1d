"""The door of the studio, through which every request comes: who asks, from where, and may they."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, abort, current_app, g, make_response, render_template, request

from faq_component.errors import StudioError
from faq_component.language import LANGUAGES, language, speaking
from faq_component.studio.access import audit_log
from faq_component.studio.access.accounts import Account, Accounts, name_of
from faq_component.studio.access.audit_log import AuditLog
from faq_component.studio.access.listening import Listening
from faq_component.studio.access.roles import READING, RoleError, is_open, needed_role
from faq_component.studio.access.sessions import Session, Sessions
from faq_component.studio.access.throttle import Throttle
from faq_component.support.secret import same_secret

_NOT_TYPED = frozenset(("csrf", "before", "old", "password", "again"))  # fields that are not shown again
MOST_TYPED = 1 << 18  # bytes of a form whose sender is not signed in


@dataclass(frozen=True)
class Access:
    """All that decides who comes in.

    Args:
        listening: where the studio is reached.
        accounts: who may sign in.
        who: author of the edits of whoever opens an address that works once.
        sessions: who is signed in.
        throttle: of sign-ins.
    """

    listening: Listening
    accounts: Accounts
    who: str
    sessions: Sessions = field(default_factory=Sessions)
    throttle: Throttle = field(default_factory=Throttle)

    @property
    def cookie(self) -> str:
        """Name of the cookie; with the port in it, so that two studios of a machine do not sign each other out."""
        return f"faq_studio_{self.listening.port}"


class Doors:
    """Lets in who has a session, under the studio's names, and with the session's token where something changes."""

    def __init__(self, access: Access, audit: AuditLog) -> None:
        self._access = access
        self._listening = access.listening
        self._audit = audit

    def set_into(self, app: Flask) -> None:
        """Guard an application."""
        app.before_request(self.enter)
        app.after_request(self.keep)
        app.teardown_request(_quieten)

    def enter(self) -> Any:
        """Refuse a request that may not come in; None lets it in."""
        g.csrf, g.who, g.role, g.session, g.new_session = "", "", None, None, ""
        g.speaking = speaking(request.accept_languages.best_match(LANGUAGES) or language())
        g.speaking.__enter__()
        peer = request.remote_addr or ""
        g.address = self._listening.client(peer, request.headers.get("X-Forwarded-For", ""))
        if not self._listening.is_own_name(request.host):
            abort(421)
        view = current_app.view_functions.get(request.endpoint or "")
        if request.endpoint == "static":
            return None
        g.session = session = self._session(peer)
        if session is not None:
            g.who, g.role, g.csrf = session.who, session.role, session.csrf
        if is_open(view):
            if request.method not in READING and not self._is_from_here():
                abort(403)
            return None
        if session is None:
            return self._closed()
        if request.method not in READING and not self._is_ours(session):
            abort(403)
        needed = needed_role(view, (request.method,))
        if session.role < needed:
            self._audit.add(audit_log.REFUSED, page=request.path, method=request.method)
            raise RoleError(session.role, needed)
        return None

    def keep(self, answer: Response) -> Response:
        """Give the browser the id of a session that has begun with this request."""
        if g.get("new_session"):
            answer.set_cookie(
                self._access.cookie,
                g.new_session,
                httponly=True,
                samesite="Strict",
                secure=self._listening.is_secure(request.host),
            )
        return answer

    def _session(self, peer: str) -> Session | None:
        """Return the session of the request: the proxy's word goes before a cookie."""
        given = request.headers.get(self._listening.header, "") if self._listening.header else ""
        session = self._access.sessions.find(request.cookies.get(self._access.cookie, ""))
        if given and self._listening.is_proxy(peer):
            return self._vouched(given.encode("latin-1", "replace").decode("utf-8", "replace").strip(), session)
        if session is None or session.by_proxy:
            return None
        if session.epoch is None:  # of an address that works once
            return session
        account = self._access.accounts.find(session.who)
        if account is None or not account.active or account.epoch != session.epoch:
            return None
        session.role = account.role
        return session

    def _vouched(self, name: str, session: Session | None) -> Session | None:
        """Return the session of a person whom a proxy names: that of the cookie, or theirs, or one that begins."""
        account = self._access.accounts.find(name)
        role = account.role if account and account.active else None if account else self._listening.unknown
        try:
            who = account.name if account else name_of(name)
        except StudioError:
            role = None
        if role is None:
            g.unknown_to_proxy = name
            return None
        epoch = account.epoch if account else ""
        if session is None or not session.by_proxy or (session.who, session.epoch) != (who, epoch):
            g.new_session, session, is_new = self._access.sessions.vouched(who, role, epoch)
            if is_new:
                self._audit.add(audit_log.SIGN_IN, who=who, by="proxy", role=role.name.lower())
            if is_new and account:
                self._access.accounts.saw(account, g.address)
        session.role = role
        return session

    def _closed(self) -> Any:
        """Show how to come in; what was typed into a form of ours stays readable."""
        if request.headers.get("HX-Request"):
            return render_template("access/signed_out_note.html.jinja"), 401
        is_form = request.method not in READING and (request.content_length or 0) <= MOST_TYPED
        typed = list(request.form.items(multi=True)) if is_form and self._is_from_here() else []
        values = sign_in_values(self._access)
        values["next"] = request.full_path.rstrip("?") if request.method == "GET" else ""
        values["typed"] = [(name, text) for name, text in typed if name not in _NOT_TYPED and text]
        page = render_template("access/sign_in.html.jinja", **values)
        return make_response(page, 401)

    def _is_from_here(self) -> bool:
        """Whether a browser says that one of our own pages sent the request; where it says nothing, it is not."""
        origin = request.headers.get("Origin")
        return origin is not None and self._listening.is_own_origin(origin, request.host)

    def _is_ours(self, session: Session) -> bool:
        """Whether a request comes from one of our pages: by its origin, where browsers send it, and by the token."""
        given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
        return ("Origin" not in request.headers or self._is_from_here()) and same_secret(given, session.csrf)


def sign_in_values(access: Access, *, name: str = "", fault: str = "") -> dict[str, Any]:
    """Return what the page to sign in shows.

    Args:
        access: says which ways in there are.
        name: that was typed.
        fault: why it was refused.
    """
    return {
        "local": access.listening.is_local,
        "passwords": access.accounts.can_be_entered(),
        "unknown": g.get("unknown_to_proxy", ""),
        "name": name,
        "fault": fault,
        "next": "",
        "typed": [],
    }


def begin(access: Access, account: Account) -> None:
    """Begin a session of an account in this browser, in place of any that it has; its id is new."""
    access.sessions.end(request.cookies.get(access.cookie, ""))
    session = Session(account.name, account.role, account.epoch)
    g.new_session, g.session = access.sessions.begin(session), session
    g.who, g.role, g.csrf = session.who, session.role, session.csrf
    access.accounts.saw(account, g.address)


def _quieten(_error: BaseException | None) -> None:
    spoken = g.pop("speaking", None)
    if spoken is not None:
        spoken.__exit__(None, None, None)
