"""Writing a review as an Excel file that people fill: one row for each cluster."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.exchange.spreadsheets.workbook import writable
from faq_component.knowledge.topics import Faq
from faq_component.language import N_, _
from faq_component.support.files import write_named
from faq_component.usage.clusters import Cluster
from faq_component.usage.questions import Reason
from faq_component.usage.resolve import Action

QUESTIONS, ACTION, TOPIC, TITLE, ANSWER = N_("question"), N_("action"), N_("topic"), N_("title"), N_("answer")
# The columns and their widths; they are written in the language spoken, and read in any.
COLUMNS = {
    QUESTIONS: 44,
    N_("times"): 7,
    N_("last asked"): 12,
    N_("reason"): 16,
    N_("nearest topics"): 34,
    ACTION: 12,
    TOPIC: 24,
    TITLE: 24,
    ANSWER: 50,
}
SHEET, _TITLES = N_("to review"), N_("topics")
_MOST_WORDINGS = 50  # of one cluster; a cell of Excel holds 32,767 characters
_HELP = {
    QUESTIONS: N_("One wording a line. Delete those that do not belong here; they come back in the next review."),
    ACTION: N_(
        "add: add the wordings to the topic in the column 'topic'. new topic: fill in title and answer. "
        "out of scope: do not show again. done: mended elsewhere. Empty: decide next time."
    ),
}


def write_sheet(path: Path, clusters: Sequence[Cluster], faq: Faq) -> None:
    """Write clusters as an Excel file, with drop-down lists of what can be done and of the topics."""
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _(SHEET)
    sheet.append([_(name) for name in COLUMNS])
    for cluster in clusters:
        sheet.append([writable(value) if isinstance(value, str) else value for value in _row(cluster)])
    for number, (name, width) in enumerate(COLUMNS.items(), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.cell(1, number).font = Font(bold=True)
        if name in _HELP:
            sheet.cell(1, number).comment = Comment(_(_HELP[name]), "faq review", width=300, height=120)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if cell.data_type == "f":  # a question that begins with = is a text
                cell.data_type = "s"
    sheet.freeze_panes = "A2"
    titles = book.create_sheet(_(_TITLES))
    for topic in faq.topics:
        titles.append([writable(topic.title)])
        titles.cell(titles.max_row, 1).data_type = "s"
    last = max(len(clusters) + 1, 2)
    actions = ",".join(_(action.value) for action in Action)
    lists = {ACTION: f'"{actions}"', TOPIC: f"'{titles.title}'!$A$1:$A${max(len(faq.topics), 1)}"}
    for name, formula in lists.items():
        letter = get_column_letter(list(COLUMNS).index(name) + 1)
        # A topic that another row makes new is in no list.
        validation = DataValidation("list", formula1=formula, allow_blank=True, showErrorMessage=name == ACTION)
        validation.add(f"{letter}2:{letter}{last}")
        sheet.add_data_validation(validation)
    data = io.BytesIO()
    book.save(data)
    write_named(path, data.getvalue())


def _row(cluster: Cluster) -> list[Any]:
    reasons: dict[Reason, int] = {}
    for question in cluster.questions:
        for reason, count in question.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
    comments = [_("“{comment}”").format(comment=_line(said)) for q in cluster.questions for said in q.comments]
    nearest = [f"{near.title} ({near.score:.2f}{_said(near.picked, near.useless)})" for near in cluster.nearest[:3]]
    picked = cluster.nearest[0].title if cluster.nearest and cluster.nearest[0].picked else ""
    return [
        "\n".join(_line(text) for text in cluster.texts[:_MOST_WORDINGS]),
        cluster.count,
        cluster.last_seen[:10],
        "\n".join((*(f"{_(reason.value)} {count}" for reason, count in reasons.items()), *comments)),
        "\n".join(nearest),
        "",
        picked,
        "",
        "",
    ]


def _line(text: str) -> str:
    """A wording as one line."""
    return " ".join(text.split())


def _said(picked: int, useless: int) -> str:
    said = (_(", picked {count} times"), picked), (_(", not useful {count} times"), useless)
    return "".join(text.format(count=count) for text, count in said if count)
