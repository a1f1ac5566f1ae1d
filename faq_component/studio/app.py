"""The Flask application of the studio: who may come in, what every answer carries, and the pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from faq_component.language import LANGUAGES, _, language, ngettext, speaking
from faq_component.studio.access.roles import READING, Role, RoleError, may, needed_role, needs
from faq_component.studio.access.sessions import Access, is_same
from faq_component.studio.checkup import make_checkup
from faq_component.studio.exchange.pages import allow_uploads, make_exchange
from faq_component.studio.exchange.uploads import MOST_BYTES, Uploads
from faq_component.studio.figures.pages import make_figures
from faq_component.studio.publishing.pages import make_publishing
from faq_component.studio.testsets.pages import make_testsets
from faq_component.studio.topics.pages import make_topics
from faq_component.studio.trial.pages import make_trial
from faq_component.studio.workbench import Workbench
from faq_component.support.html_page import shown_text

_HOSTS = frozenset(("127.0.0.1", "localhost", "::1"))
_MAX_BYTES = 2 << 20  # of a request
_MAX_FIELDS = 5_000
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def create_app(workbench: Workbench, access: Access, port: int) -> Flask:
    """Return the application, which answers at a port of this machine only.

    Args:
        workbench: what the pages work on.
        access: who may come in.
        port: names the cookie, so that two studios of a machine do not sign each other out.
    """
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.config.update(MAX_CONTENT_LENGTH=_MAX_BYTES, MAX_FORM_PARTS=_MAX_FIELDS, MAX_FORM_MEMORY_SIZE=_MAX_BYTES)
    app.jinja_options = {"undefined": StrictUndefined, "autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.finalize = shown_text
    app.before_request(allow_uploads)
    app.jinja_env.globals |= {"_": _, "ngettext": ngettext, "language": language, "workbench": workbench, "may": may}
    _Doors(access, f"faq_studio_{port}").set_into(app)
    app.register_blueprint(make_topics(workbench))
    app.register_blueprint(make_trial(workbench))
    app.register_blueprint(make_checkup(workbench))
    app.register_blueprint(make_figures(workbench))
    app.register_blueprint(make_exchange(workbench, Uploads()))
    app.register_blueprint(make_publishing(workbench))
    app.register_blueprint(make_testsets(workbench))
    app.register_error_handler(HTTPException, _fault)
    return app


class _Doors:
    """Lets in who has a session, from this machine's names, and with the session's token where something changes."""

    def __init__(self, access: Access, cookie: str) -> None:
        self._access = access
        self._cookie = cookie

    def set_into(self, app: Flask) -> None:
        """Guard an application."""
        app.before_request(self.enter)
        app.teardown_request(_quieten)
        app.after_request(_harden)
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/leave", "leave", self.leave, methods=["POST"])

    def home(self) -> Any:
        """Open a session for the token of an address; without one, show the topics."""
        if token := request.args.get("token"):
            number = self._access.open(token)
            if number is None:
                return render_template("closed.html.jinja", used=True), 401
            answer = redirect(url_for("topics.listed"))
            answer.set_cookie(self._cookie, number, httponly=True, samesite="Strict")
            return answer
        return redirect(url_for("topics.listed"))

    @needs(Role.READER)
    def leave(self) -> Any:
        """End the session."""
        self._access.close(request.cookies.get(self._cookie, ""))
        g.csrf = ""
        return render_template("closed.html.jinja", used=False)

    def enter(self) -> Any:
        """Refuse a request that may not come in; None lets it in."""
        g.csrf, g.role, g.address = "", None, request.remote_addr or ""
        g.speaking = speaking(request.accept_languages.best_match(LANGUAGES) or language())
        g.speaking.__enter__()
        if (urlsplit(f"//{request.host}").hostname or "") not in _HOSTS:
            abort(421)
        if request.endpoint == "static" or (request.endpoint == "home" and request.args.get("token")):
            return None
        session = self._access.session(request.cookies.get(self._cookie, ""))
        if session is None:
            return render_template("closed.html.jinja", used=False), 401
        g.who, g.role, g.csrf = session.who, session.role, session.csrf
        if request.method not in READING and not _is_ours(session.csrf):
            abort(403)
        needed = needed_role(current_app.view_functions.get(request.endpoint or ""), (request.method,))
        if session.role < needed:
            raise RoleError(session.role, needed)
        return None


def _is_ours(csrf: str) -> bool:
    """Whether a request comes from one of our pages: by its origin, where browsers send it, and by the token."""
    origin, given = request.headers.get("Origin"), request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    return (origin is None or urlsplit(origin).netloc == request.host) and is_same(given, csrf)


def _quieten(_error: BaseException | None) -> None:
    spoken = g.pop("speaking", None)
    if spoken is not None:
        spoken.__exit__(None, None, None)


def _harden(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"  # without one, browsers send no origin with a form
    answer.headers["Cache-Control"] = "no-cache" if request.endpoint == "static" else "no-store"
    return answer


def _most_bytes() -> int:
    return MOST_BYTES if request.endpoint == "exchange.upload" else _MAX_BYTES


def _fault(error: HTTPException) -> Any:
    sentences = {
        403: _("This page is out of date; load it again, and repeat what you did."),
        404: _("There is no such page, or the topic has been removed."),
        413: _("That is too much: at most {most} MiB.").format(most=_most_bytes() // 2**20),
        421: _("The studio answers at 127.0.0.1 and localhost only."),
    }
    said = error.description if isinstance(error, RoleError) else sentences.get(error.code or 500, error.name)
    page = "fault_note" if request.headers.get("HX-Request") else "fault"
    return render_template(f"{page}.html.jinja", sentence=said, code=error.code), error.code
