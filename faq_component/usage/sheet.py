"""Writing a review as an Excel file that people fill: one row for each cluster."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.knowledge.topics import Faq
from faq_component.support.files import write_named
from faq_component.usage.clusters import Cluster
from faq_component.usage.questions import Reason
from faq_component.usage.resolve import Action

COLUMNS = {
    "问题": 44,
    "次数": 7,
    "最后一次": 12,
    "原因": 16,
    "最近主题": 34,
    "处理": 12,
    "主题": 24,
    "标题": 24,
    "答案": 50,
}
ACTIONS = {
    "加到主题": Action.ADD,
    "新主题": Action.NEW_TOPIC,
    "不用管": Action.OUT_OF_SCOPE,
    "已处理": Action.DONE,
}
_REASONS = {
    Reason.UNANSWERED: "没答上",
    Reason.LEFT: "问了没选",
    Reason.NONE_OF_THESE: "都不是",
    Reason.PICKED: "选了主题",
    Reason.USELESS: "没用",
}
SHEET, _TITLES = "待处理", "主题"
_MOST_WORDINGS = 50  # of one cluster; a cell of Excel holds 32,767 characters
_HELP = {
    "问题": "一行一个问法；不属于这一组的问法删掉，下次还会出现。",
    "处理": (
        "加到主题：问法加到“主题”一栏的主题。新主题：填标题和答案。"
        "不用管：以后不再出现。已处理：别处已改好。留空：下次再说。"
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
    sheet.title = SHEET
    sheet.append(list(COLUMNS))
    for cluster in clusters:
        sheet.append(_row(cluster))
    for number, (name, width) in enumerate(COLUMNS.items(), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.cell(1, number).font = Font(bold=True)
        if name in _HELP:
            sheet.cell(1, number).comment = Comment(_HELP[name], "faq review", width=300, height=120)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if cell.data_type == "f":  # a question that begins with = is a text
                cell.data_type = "s"
    sheet.freeze_panes = "A2"
    titles = book.create_sheet(_TITLES)
    for topic in faq.topics:
        titles.append([topic.title])
        titles.cell(titles.max_row, 1).data_type = "s"
    last = max(len(clusters) + 1, 2)
    lists = {"处理": f'"{",".join(ACTIONS)}"', "主题": f"'{_TITLES}'!$A$1:$A${max(len(faq.topics), 1)}"}
    for name, formula in lists.items():
        letter = get_column_letter(list(COLUMNS).index(name) + 1)
        # A topic that another row makes new is in no list.
        validation = DataValidation("list", formula1=formula, allow_blank=True, showErrorMessage=name == "处理")
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
    nearest = [f"{near.title} ({near.score:.2f}{_said(near.picked, near.useless)})" for near in cluster.nearest[:3]]
    picked = cluster.nearest[0].title if cluster.nearest and cluster.nearest[0].picked else ""
    return [
        "\n".join(_line(text) for text in cluster.texts[:_MOST_WORDINGS]),
        cluster.count,
        cluster.last_seen[:10],
        "\n".join(f"{_REASONS[reason]} {count}" for reason, count in reasons.items()),
        "\n".join(nearest),
        "",
        picked,
        "",
        "",
    ]


def _line(text: str) -> str:
    """A wording as one line, without what Excel refuses."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    line: str = ILLEGAL_CHARACTERS_RE.sub("", " ".join(text.split()))
    return line


def _said(picked: int, useless: int) -> str:
    return (f"，选过{picked}次" if picked else "") + (f"，没用{useless}次" if useless else "")
