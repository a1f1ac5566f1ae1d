"""The pages of import and export."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, send_file, url_for

from faq_component.errors import FaqDataError
from faq_component.exchange.columns import Kind
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.formats import SUFFIXES, exported
from faq_component.exchange.merge import Mode, Plan, planned_edit
from faq_component.exchange.report import difference, total
from faq_component.knowledge import counts
from faq_component.language import N_, _, listed
from faq_component.studio.exchange.faulty_rows import faulty_rows, take_mends
from faq_component.studio.exchange.mapping import IGNORE, mapped_columns, take_mapping
from faq_component.studio.exchange.uploads import MOST_BYTES, Upload, Uploads
from faq_component.studio.topics.form import readable
from faq_component.studio.workbench import Workbench

ROWS = 30  # faulty rows that are shown at once
_TOPICS = 100  # of a kind that are shown
MOST_UPLOAD_BYTES = MOST_BYTES + (1 << 16)  # of a request: the files, and what names them
FORMATS = {
    ".xlsx": N_("Excel workbook"),
    ".csv": N_("CSV table"),
    ".tsv": N_("TSV table"),
    ".json": N_("JSON, the form of the FAQ's own files"),
    ".md": N_("Markdown"),
    ".yml": N_("Rasa: NLU data and domain, in a zip file"),
}


def make_exchange(workbench: Workbench, uploads: Uploads) -> Blueprint:
    """Return the pages of import and export.

    Args:
        workbench: what is imported into and exported.
        uploads: the files that people are about to import.
    """
    pages, exchange = Blueprint("exchange", __name__, url_prefix="/exchange"), _ExchangePages(workbench, uploads)
    pages.add_url_rule("", "page", exchange.page)
    pages.add_url_rule("/files", "upload", exchange.upload, methods=["POST"])
    pages.add_url_rule("/export/<suffix>", "export", exchange.export)
    pages.add_url_rule("/<number>", "one", exchange.one)
    pages.add_url_rule("/<number>/columns", "say", exchange.say, methods=["POST"])
    pages.add_url_rule("/<number>/rows", "mend", exchange.mend, methods=["POST"])
    pages.add_url_rule("/<number>/import", "bring", exchange.bring, methods=["POST"])
    pages.add_url_rule("/<number>/end", "end", exchange.end, methods=["POST"])
    return pages


def allow_uploads() -> None:
    """Let the files of an upload be larger than a form; to be called before anything reads the request."""
    if request.endpoint == "exchange.upload":
        request.max_content_length = MOST_UPLOAD_BYTES


class _ExchangePages:
    def __init__(self, workbench: Workbench, uploads: Uploads) -> None:
        self._workbench = workbench
        self._uploads = uploads

    def page(self) -> Any:
        """Show where a file is dropped, and the formats of the export."""
        return _first_page([])

    def upload(self) -> Any:
        """Keep the files, and show what is in them."""
        given = [(one.filename or "", one.stream) for one in request.files.getlist("file") if one.filename]
        number, faults = self._uploads.add(g.session.person, given)
        if faults:
            return _first_page(faults), 422
        return redirect(url_for("exchange.one", number=number))

    def one(self, number: str) -> Any:
        """Show what is in the files, and what an import would do."""
        return self._preview(number)

    def say(self, number: str) -> Any:
        """Take over what the columns are, which sheets are read, and what becomes of topics that are there."""
        upload = self._open(number)
        with upload.lock:
            take_mapping(request.form, list(request.form), upload)
            upload.sheets = request.form.getlist("sheet")
            upload.intents = request.form.get("intents", "").replace(",", " ").split()
            upload.first_is_topic = bool(request.form.get("first_is_topic"))
            upload.mode = next((mode for mode in Mode if mode.value == request.form.get("mode")), Mode.ADD)
            upload.read_again()
        return redirect(url_for("exchange.one", number=number))

    def mend(self, number: str) -> Any:
        """Take over what was typed beside faulty rows; or undo that, or leave all faulty rows out."""
        upload = self._open(number)
        with upload.lock:
            if request.form.get("undo"):
                upload.mends, upload.left_out = {}, set()
                upload.read_again()
            elif request.form.get("leave"):
                planned = upload.plan(self._workbench.faq)
                rows, _others = faulty_rows(() if isinstance(planned, Plan) else planned, upload.drafts())
                upload.left_out |= {(row.table, row.number) for row in rows}
                upload.read_again()
            else:
                take_mends(request.form, list(request.form), upload)
        return redirect(url_for("exchange.one", number=number))

    def bring(self, number: str) -> Any:
        """Import, in one edit, what the page has shown; where that has changed meanwhile, show it again."""
        upload = self._open(number)
        with upload.lock:
            faq = self._workbench.faq
            planned = upload.plan(faq)
            if not isinstance(planned, Plan):
                return self._preview(number, 422)
            if request.form.get("seen") != faq.fingerprint:
                said = _("Somebody has changed the FAQ meanwhile: this is what the import does now. Import again.")
                return self._preview(number, 409, said)
            if planned.removed and request.form.get("remove") != str(len(planned.removed)):
                return self._preview(number, 422, _("Confirm first that topics are removed."))
            what = _("studio: import {files}").format(files=listed([name for name, _content in upload.files]))
            edit = planned_edit(planned, faq, upload.drafts(), upload.mode)
            try:
                self._workbench.change_all(edit, {}, who=g.who, what=what)
            except FaqDataError as error:
                return self._preview(number, 422, " ".join(error.faults))
            self._workbench.audit("import", files=[name for name, _content in upload.files])
            upload.end(total(listed([name for name, _content in upload.files]), planned, dry_run=False))
        return redirect(url_for("exchange.one", number=number))

    def end(self, number: str) -> Any:
        """Drop the files."""
        self._open(number)
        self._uploads.remove(number)
        return redirect(url_for("exchange.page"))

    def export(self, suffix: str) -> Any:
        """Send the knowledge base as a file."""
        if suffix not in FORMATS:
            abort(404)
        name = f"faq-{datetime.now().astimezone().date().isoformat()}"
        try:
            contents = exported(self._workbench.faq, Path(f"{name}{suffix}"))
        except FaqDataError as error:
            return _first_page(list(error.faults)), 422
        if len(contents) == 1:
            ((path, data),) = contents.items()
        else:
            path, packed = Path(f"{name}.zip"), io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for part, content in contents.items():
                    archive.writestr(part.name, content)
            data = packed.getvalue()
        self._workbench.audit("export", name=path.name)
        answer: Response = send_file(
            io.BytesIO(data), "application/octet-stream", as_attachment=True, download_name=path.name
        )
        return answer

    def _open(self, number: str) -> Upload:
        upload = self._uploads.of(number, g.session.person)
        if upload is None or upload.done:
            abort(404)
        return upload

    def _preview(self, number: str, status: int = 200, said: str = "") -> Any:
        upload = self._uploads.of(number, g.session.person)
        if upload is None:
            abort(404)
        names = [name for name, _content in upload.files]
        if upload.done:
            return render_template("exchange/imported.html.jinja", done=upload.done, names=names)
        faq = self._workbench.faq
        with upload.lock:
            drafts, planned = upload.drafts(), upload.plan(faq)
            columns = mapped_columns(drafts, upload.columns, first_is_topic=upload.first_is_topic)
            rows, others = faulty_rows(() if isinstance(planned, Plan) else planned, drafts)
        values: dict[str, Any] = {
            "number": number, "upload": upload, "names": names, "said": said, "drafts": drafts, "seen": faq.fingerprint,
            "plan": planned if isinstance(planned, Plan) else None, "rows": rows[:ROWS], "more_rows": len(rows[ROWS:]),
            "faults": others, "columns": columns, "kinds": list(Kind), "ignore": IGNORE, "modes": MODES,
            "sheets": sheets_of(drafts), "difference": difference, "contents": counts.contents, "plain": readable,
            "most": _TOPICS,
        }  # fmt: skip
        return render_template("exchange/import.html.jinja", **values), status


MODES = {
    Mode.ADD: N_("Topics that are there get what they lack"),
    Mode.REPLACE: N_("Topics that are there become what the file says"),
    Mode.MIRROR: N_("The whole FAQ becomes what the file says; other topics go"),
}


def sheets_of(drafts: Drafts) -> list[tuple[str, bool]]:
    """Return the titles of the sheets that can be chosen, and whether each is read."""
    read = [seen.table.sheet for seen in drafts.tables if seen.table.sheet is not None]
    titles = dict.fromkeys([*read, *drafts.other_sheets])
    return [(title, title in read) for title in titles]


def _first_page(faults: list[str]) -> str:
    return render_template(
        "exchange/page.html.jinja", faults=faults, formats=FORMATS, suffixes=SUFFIXES, most=MOST_BYTES // 2**20
    )
