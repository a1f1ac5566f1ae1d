"""The pages of test sets: the list, a set with its runs, and the preview of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from faq_component.errors import FaqDataError, FaqError
from faq_component.evaluation.question_table import (
    BETTER,
    CORRECT,
    HEADER,
    WORSE,
    Columns,
    HitResult,
    TableQuestion,
)
from faq_component.evaluation.sheets import table_bytes
from faq_component.evaluation.test_sets.measures import shown_share
from faq_component.evaluation.test_sets.runs import SetRun, SetRuns, ask
from faq_component.evaluation.test_sets.sets import MOST_QUESTIONS, QuestionSet, QuestionSets, clean_name, is_name
from faq_component.language import _
from faq_component.studio.answers import download
from faq_component.studio.asked import asked_page
from faq_component.studio.paging import page_count
from faq_component.studio.testsets.running import Progress, Runner
from faq_component.studio.testsets.upload import Upload
from faq_component.studio.text_keys import text_key
from faq_component.studio.workbench import Workbench
from faq_component.text import comparison_key
from faq_component.usage.log import UsageLog, log_file

PAGE = 100  # questions of a page
_PREVIEW = 20  # rows
_SHOWN_RUNS = 10
_SHOWN_FAULTS = 30
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_testsets(workbench: Workbench) -> Blueprint:
    """Return the pages of test sets."""
    pages, sets = Blueprint("testsets", __name__, url_prefix="/tests"), _SetPages(workbench)
    pages.add_url_rule("", "listed", sets.listed)
    pages.add_url_rule("", "preview", sets.preview, methods=["POST"])
    pages.add_url_rule("/save", "save", sets.save, methods=["POST"])
    pages.add_url_rule("/of/<name>", "one", sets.one)
    pages.add_url_rule("/of/<name>/progress", "progress", sets.progress)
    pages.add_url_rule("/of/<name>/result.xlsx", "result", sets.result)
    for action in ("run", "add", "drop", "remove"):
        pages.add_url_rule(f"/of/<name>/{action}", action, getattr(sets, action), methods=["POST"])
    return pages


class _SetPages:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._sets = QuestionSets(workbench.settings)
        self._runs = SetRuns(workbench.settings)
        self._runner = Runner()

    def listed(self) -> Any:
        """Show all sets, each with its last run."""
        return self._list()

    def preview(self) -> Any:
        """Show what a file, or the log, would give."""
        try:
            upload = self._uploaded()
        except FaqError as error:
            faults = error.faults if isinstance(error, FaqDataError) else (str(error),)
            return self._list(faults), 422
        name = clean_name(request.form.get("name", ""))
        return self._preview(upload, name)

    def save(self) -> Any:
        """Make a set of what the preview showed, or add that to the set of this name."""
        try:
            upload = Upload.of_json(request.form.get("rows", ""), _columns())
        except ValueError:
            abort(422)
        name, faq = clean_name(request.form.get("name", "")), self._workbench.faq
        if request.form.get("again"):
            return self._preview(upload, name)
        questions, faults = upload.questions(faq)
        if not questions:
            return self._preview(upload, name, [_("There is no question to keep.")]), 422
        if faults and not request.form.get("without"):
            return self._preview(upload, name), 422
        try:
            is_log = request.form.get("from") == "log"
            self._sets.edit(name, faq, lambda before: before.adding(questions), private=is_log)
        except FaqError as error:
            return self._preview(upload, name, [str(error)]), 422
        self._workbench.audit("test-set", name=name, added=len(questions))
        return redirect(url_for("testsets.one", name=name))

    def one(self, name: str) -> Any:
        """Show a set: its last run against the one before, and its questions."""
        return self._one(name)

    def run(self, name: str) -> Any:
        """Begin a run."""
        questions, assistant, who = self._read(name), self._workbench.assistant, g.who

        def do(progress: Progress) -> None:
            self._runs.keep(ask(questions, assistant, who=who, track=progress.walk))

        self._runner.begin(name, len(questions.questions), do)
        return redirect(url_for("testsets.one", name=name))

    def progress(self, name: str) -> Any:
        """Show how far a run is; when it is done, the page is loaded again."""
        run = self._runner.of(name)
        if run is None or run.done.is_set():
            return "", 200, {"HX-Refresh": "true"}
        return render_template("testsets/progress.html.jinja", name=name, run=run)

    def add(self, name: str) -> Any:
        """Add a question with its topic."""
        questions = self._read(name)
        text, named = request.form.get("question", "").strip(), request.form.get("topic", "").strip()
        faq = self._workbench.faq
        topic = faq.named(named)
        if named and topic is None:
            return self._one(name, [_("No topic is called “{name}”; choose one of the list.").format(name=named)]), 422
        question = TableQuestion(text, topic.title, topic.id) if topic else TableQuestion(text, "")
        try:
            self._sets.edit(questions.name, faq, lambda before: before.adding([question]))
        except FaqError as error:
            return self._one(name, [str(error)]), 422
        self._workbench.audit("test-set", name=name, added=1)
        return redirect(
            url_for("testsets.one", name=name, show="all", page=page_count(len(questions.questions) + 1, PAGE))
        )

    def drop(self, name: str) -> Any:
        """Take a question out."""
        self._read(name)
        key = request.form.get("question", "")

        def without(before: QuestionSet) -> QuestionSet:
            return QuestionSet(name, tuple(one for one in before.questions if text_key(one.text) != key))

        self._sets.edit(name, self._workbench.faq, without)
        self._workbench.audit("test-set", name=name, removed=1)
        return redirect(url_for("testsets.one", name=name, show=request.form.get("show") or None))

    def remove(self, name: str) -> Any:
        """Remove a set with its runs."""
        self._read(name)
        self._sets.remove(name)
        self._runs.remove(name)
        self._workbench.audit("test-set", name=name, removed="all")
        return redirect(url_for("testsets.listed"))

    def result(self, name: str) -> Any:
        """Send the last run as an Excel file."""
        self._read(name)
        run = self._runs.last(name) or abort(404)
        rows = [result.row(against=False) for result in run.results]
        return download(table_bytes(".xlsx", [_(text) for text in HEADER], rows), _XLSX, f"{name}.xlsx")

    def _list(self, faults: Sequence[str] = ()) -> str:
        found, faq = [], self._workbench.faq
        for name in self._sets.names():
            try:
                count, fault = len(self._sets.read(name, faq).questions), ""
            except FaqError as error:
                count, fault = 0, str(error)
            found.append((name, count, fault, self._runs.last(name)))
        log = log_file(self._workbench.settings.log)
        shown = {"share": shown_share, "folder": self._sets.folder, "most": MOST_QUESTIONS}
        has_log = log is not None and log.exists()
        return render_template("testsets/list.html.jinja", sets=found, faults=faults, has_log=has_log, **shown)

    def _uploaded(self) -> Upload:
        if request.form.get("from") == "log":
            file = log_file(self._workbench.settings.log)
            if file is None:
                raise FaqError(_("no log is kept (setting 'log' is none)"))
            with_posts = bool(request.form.get("posts"))
            upload = Upload.of_log(UsageLog(file), self._workbench.faq, with_posts=with_posts)
            if not upload.rows:
                raise FaqError(
                    _(
                        "The log names the topic of no question yet. Reviewed questions, choices after a clarifying "
                        "question and ratings do."
                    )
                )
            return upload
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise FaqError(_("Choose a file first: .xlsx, .csv, .tsv or .txt."))
        return Upload.of_file(sent.filename, sent.read())

    def _preview(self, upload: Upload, name: str, faults: Sequence[str] = ()) -> str:
        questions, found = upload.questions(self._workbench.faq)
        return render_template(
            "testsets/preview.html.jinja",
            upload=upload,
            name=name,
            questions=questions[:_PREVIEW],
            count=len(questions),
            refusals=faults,
            faults=found[:_SHOWN_FAULTS],
            more=len(found) - _SHOWN_FAULTS,
            there=self._sets.has(name),
            is_log=request.form.get("from") == "log",
        )

    def _one(self, name: str, faults: Sequence[str] = ()) -> str:
        questions, progress = self._read(name), self._runner.of(name)
        is_running = progress is not None and not progress.done.is_set()  # before the runs are read, which it may join
        runs = [run for run, _number in zip(self._runs.of(name), range(_SHOWN_RUNS), strict=False)]
        last = runs[0].against(runs[1]) if len(runs) > 1 else runs[0] if runs else None
        results = _results(questions, last)
        show = request.args.get("show", "changed" if last and last.changed else "all")
        shown = [(question, result) for question, result in results if _is_shown(result, show)]
        page = min(asked_page(), page_count(len(shown), PAGE))
        return render_template(
            "testsets/one.html.jinja",
            name=name,
            questions=questions.questions,
            last=last,
            runs=runs,
            rows=shown[(page - 1) * PAGE : page * PAGE],
            count=len(shown),
            page=page,
            pages=page_count(len(shown), PAGE),
            show=show,
            faults=faults,
            run=progress,
            is_running=is_running,
            share=shown_share,
            text_key=text_key,
            titles=[topic.title for topic in self._workbench.faq.topics],
            changes={"better": BETTER, "worse": WORSE},
            correct=CORRECT,
            ids=self._workbench.faq.by_id,
        )

    def _read(self, name: str) -> QuestionSet:
        if not is_name(name) or not self._sets.has(name):
            abort(404)
        try:
            return self._sets.read(name, self._workbench.faq)
        except FaqError as error:
            abort(422, str(error))


def _columns() -> Columns:
    question, topic = request.form.get("question", 0, int), request.form.get("topic", -1, int)
    headed = bool(request.form.get("headed"))
    return Columns(max(0, question), topic if topic >= 0 else None, headed)


def _results(questions: QuestionSet, run: SetRun | None) -> list[tuple[TableQuestion, HitResult | None]]:
    found = {comparison_key(result.question): result for result in run.results} if run else {}
    return [(question, found.get(comparison_key(question.text))) for question in questions.questions]


def _is_shown(result: HitResult | None, show: str) -> bool:
    if show == "changed":
        return result is not None and bool(result.change)
    if show == "wrong":
        return result is not None and bool(result.verdict) and result.verdict != CORRECT
    return True
