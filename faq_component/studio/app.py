"""The Flask application of the studio: who may come in, what every answer carries, and the pages."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from faq_component.language import _, language, ngettext
from faq_component.studio.access.account_pages import make_account_pages
from faq_component.studio.access.audit_pages import make_audit_pages
from faq_component.studio.access.doors import Access, Doors
from faq_component.studio.access.entrance import make_entrance
from faq_component.studio.access.roles import RoleError, may
from faq_component.studio.boldness.pages import make_boldness
from faq_component.studio.checkup import make_checkup
from faq_component.studio.exchange.pages import allow_uploads, make_exchange
from faq_component.studio.exchange.uploads import MOST_BYTES, Uploads
from faq_component.studio.figures.pages import make_figures
from faq_component.studio.publishing.pages import make_publishing
from faq_component.studio.review.pages import make_review
from faq_component.studio.review.queue import open_queue
from faq_component.studio.testsets.pages import make_testsets
from faq_component.studio.topics.pages import make_topics
from faq_component.studio.trial.pages import make_trial
from faq_component.studio.workbench import Workbench
from faq_component.support.html_page import shown_text

MOST_FORM_BYTES = 2 << 20  # of a request
_MAX_FIELDS = 5_000
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def create_app(workbench: Workbench, access: Access) -> Flask:
    """Return the application.

    Args:
        workbench: what the pages work on.
        access: who may come in, and under which names the studio answers.
    """
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_FORM_BYTES, MAX_FORM_PARTS=_MAX_FIELDS, MAX_FORM_MEMORY_SIZE=MOST_FORM_BYTES
    )
    app.jinja_options = {"undefined": StrictUndefined, "autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.finalize = shown_text
    app.before_request(allow_uploads)
    app.jinja_env.globals |= {"_": _, "ngettext": ngettext, "language": language, "workbench": workbench, "may": may}
    app.after_request(_harden)
    Doors(access, workbench.audit_log).set_into(app)
    queue = open_queue(workbench)
    app.register_blueprint(make_entrance(access, workbench.audit_log))
    app.register_blueprint(make_topics(workbench))
    app.register_blueprint(make_trial(workbench))
    app.register_blueprint(make_checkup(workbench))
    app.register_blueprint(make_figures(workbench, queue))
    app.register_blueprint(make_exchange(workbench, Uploads()))
    app.register_blueprint(make_publishing(workbench))
    app.register_blueprint(make_review(workbench, queue))
    app.register_blueprint(make_boldness(workbench))
    app.register_blueprint(make_testsets(workbench))
    app.register_blueprint(make_account_pages(access, workbench.audit_log))
    app.register_blueprint(make_audit_pages(workbench.audit_log))
    app.register_error_handler(HTTPException, _fault)
    return app


def _harden(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"  # without one, browsers send no origin with a form
    answer.headers["Cache-Control"] = "no-cache" if request.endpoint == "static" else "no-store"
    return answer


def _most_bytes() -> int:
    return MOST_BYTES if request.endpoint == "exchange.upload" else MOST_FORM_BYTES


def _fault(error: HTTPException) -> Any:
    sentences = {
        403: _("This page is out of date; load it again, and repeat what you did."),
        422: _("The form lacks something, or has what does not belong there; load the page again."),
        404: _("There is no such page, or the topic has been removed."),
        413: _("That is too much: at most {most} MiB.").format(most=_most_bytes() // 2**20),
        421: _("The studio does not answer under this name; --public-url of “faq studio” adds one."),
    }
    said = error.description if isinstance(error, RoleError) else sentences.get(error.code or 500, error.name)
    page = "fault_note" if request.headers.get("HX-Request") else "fault"
    return render_template(f"{page}.html.jinja", sentence=said, code=error.code), error.code
