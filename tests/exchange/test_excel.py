"""Workbooks as people make them, and what is wrong with them."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from faq_component.exchange import Drafts, read_exchange, write_exchange
from faq_component.exchange.spreadsheets.displayed import displayed
from faq_component.knowledge.responses import KEYS
from faq_component.knowledge.topics import Faq, Topic


def save(path: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def posts(drafts: Drafts) -> dict[str, list[str]]:
    return {draft.title: draft.posts for draft in drafts.topics}


def responses(drafts: Drafts) -> dict[str, list[Any]]:
    return {draft.title: draft.responses for draft in drafts.topics}


def test_headings_below_a_banner_on_several_sheets(tmp_path: Path) -> None:
    path = save(
        tmp_path / "f.xlsx",
        售后=[
            ["客服问答"],
            [],
            [" 标 题（必填）", "问 法*", "Ａｎｓｗｅｒ"],
            ["退货", "怎么退\n想退货\n\n", "七天内可退"],
            ["", "退钱吗", None],
        ],
        配送=[["question", "ANSWERS", "备注"], ["几天到", "三天", "x"]],
        说明=[["请一行写一个"]],
    )
    drafts = read_exchange([path])
    assert drafts.faults == []
    assert posts(drafts) == {"退货": ["怎么退", "想退货", "退钱吗"], "几天到": ["几天到"]}
    assert responses(drafts) == {"退货": ["七天内可退"], "几天到": ["三天"]}
    assert drafts.notes == [
        f"{path}: sheet '配送': not read: column 备注",
        f"{path}: sheet '说明': not read: no row of headings",
    ]


def test_merged_cells(tmp_path: Path) -> None:
    path = save(
        tmp_path / "f.xlsx",
        甲=[
            ["主题", "问题", "答案"],
            ["退货", "怎么退", "可以退"],
            [None, "想退", None],
            ["—— 配送 ——"],
            ["发货", "何时发", "明天"],
        ],
        乙=[["问题", "答案"], ["几天到", "三天"], ["多久到", None], ["到哪了", "看详情"]],
    )
    book = load_workbook(path)
    for sheet, area in (("甲", "A2:A3"), ("甲", "C2:C3"), ("甲", "A4:C4"), ("乙", "B2:B3")):
        book[sheet].merge_cells(area)
    book.save(path)
    drafts = read_exchange([path])
    assert drafts.faults == []
    assert posts(drafts) == {
        "退货": ["怎么退", "想退"],
        "发货": ["何时发"],
        "几天到": ["几天到", "多久到"],
        "到哪了": ["到哪了"],
    }
    assert responses(drafts)["退货"] == ["可以退"]
    assert drafts.notes == [f"{path}: sheet '甲', row 4: not read: a heading over several columns"]


def test_several_columns_of_a_kind_and_several_answers_in_a_cell(tmp_path: Path) -> None:
    rows = [
        ["标准问", "相似问1", "相似问2", "答案一", "答案二"],
        ["退货", "想退", "要退", "第一步\n第二步\n---\n另一答", "第三答"],
    ]
    drafts = read_exchange([save(tmp_path / "f.xlsx", 一=rows)])
    assert posts(drafts) == {"退货": ["退货", "想退", "要退"]}
    assert responses(drafts) == {"退货": ["第一步\n第二步", "另一答", "第三答"]}


def test_a_title_is_asked_too_where_the_others_are_only_similar_to_it(tmp_path: Path) -> None:
    drafts = read_exchange(
        [
            save(
                tmp_path / "f.xlsx",
                一=[["标题", "相似问", "答案"], ["怎么退货", "想退", "可以"], ["发货", None, "明天"]],
            )
        ]
    )
    assert posts(drafts) == {"怎么退货": ["怎么退货", "想退"], "发货": ["发货"]}


def test_a_category_names_no_topic_where_questions_do(tmp_path: Path) -> None:
    rows = [["分类", "问题", "答案"], ["售后", "怎么退", "可以"], ["售后", "怎么换", "也可以"]]
    drafts = read_exchange([save(tmp_path / "f.xlsx", 一=rows)])
    assert posts(drafts) == {"怎么退": ["怎么退"], "怎么换": ["怎么换"]}
    assert [draft.tags for draft in drafts.topics] == [["售后"], ["售后"]]
    assert drafts.notes == []


def test_faults_are_named_all_at_once_with_their_places(tmp_path: Path) -> None:
    path = save(
        tmp_path / "f.xlsx",
        甲=[["标题", "id", "问题", "答案"], [None, None, None, "答"], ["退货", "Bad Id", "怎么退", "可以"]],
        乙=[
            ["标题", "id", "问题", "答案"],
            ["换货", "swap", "怎么换", '{"txt": "x"}'],
            ["补发", "swap", "补发吗", "补"],
            ["发货", None, "发吗", "=A1"],
        ],
    )
    faults = read_exchange([path, tmp_path / "none.csv", tmp_path / "old.xls"]).faults
    first, second = f"{path}: sheet '甲', row", f"{path}: sheet '乙', row"
    assert faults == [
        f"{first} 2, column A (标题): is empty, and there is no topic above; write what it is about",
        f"{second} 4, column D (答案): holds a formula that was never computed; open the file in Excel and save it, "
        "or write the text",
        f"{first} 3: id is 'Bad Id'; use 1 to 64 of a-z 0-9 _ -, first a letter or digit, without 'utter_'",
        f"{second} 2, column D (答案): unknown key 'txt'; known are {', '.join(KEYS)}",
        f"{second} 2, column D (答案): says nothing; write at least one of {', '.join(KEYS[:5])}",
        f"{second} 3: id 'swap' is already used by topic '换货' ({second} 2), here the topic is '补发'; "
        "give one of them another id, or both the same title",
        f"{tmp_path / 'none.csv'}: cannot be read: No such file or directory",
        f"{tmp_path / 'old.xls'}: the format '.xls' is not known; save it as .xlsx",
    ]


def test_what_a_topic_lacks_is_named_by_its_cell(tmp_path: Path) -> None:
    path = save(tmp_path / "f.xlsx", 售后=[["标题", "问题", "答案"], ["退货", "怎么退", None], ["换货", None, "可以"]])
    gaps = [gap for draft in read_exchange([path]).topics for gap in draft.gaps()]
    assert gaps == [
        f"{path}: sheet '售后', row 2, column C (答案): is empty; write an answer",
        f"{path}: sheet '售后', row 3, column B (问题): is empty; write a question",
    ]


def test_a_formula_counts_as_its_computed_value_and_an_error_is_a_fault(tmp_path: Path) -> None:
    path = save(tmp_path / "f.xlsx", 一=[["问题", "答案"], ["甲", '="可以"&"退"'], ["乙", "=1/0"]])
    computed = tmp_path / "computed.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(computed, "w") as target:
        for part in source.infolist():
            text = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                text = text.replace(b'<c r="B2"><f>', b'<c r="B2" t="str"><f>').replace(b"<v />", b"<v></v>")
                text = text.replace(b"</f><v></v>", "</f><v>可以退</v>".encode(), 1)
                text = text.replace(b'<c r="B3"><f>1/0</f><v></v>', b'<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v>')
            target.writestr(part, text)
    drafts = read_exchange([computed])
    assert responses(drafts) == {"甲": ["可以退"]}
    assert drafts.faults == [
        f"{computed}: sheet '一', row 3, column B (答案): shows the error #DIV/0!; "
        "correct its formula or write the text"
    ]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3.0, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (13800001111, "General", "13800001111"),
        (12, "000000", "000012"),
        (1012345678, "000-00000000", "010-12345678"),
        (-1012345678, "000\\-00000000", "-010-12345678"),
        (5551234567, "\\(###\\)\\ ###\\-####", "(555) 123-4567"),
        (5551234567, "[<=9999999]###-####;(###) ###-####", "5551234567"),
        (930, '00"时"00"分"', "09时30分"),
        (86, "0-###", "0-086"),
        (1.5, "0.0-0.0", "1.5"),
        (0.155, "0.0%", "15.5%"),
        (1234.5, "[$¥-804]#,##0.00", "¥1,234.50"),
        (-1234.5, '"¥"#,##0.00_);[Red]\\("¥"#,##0.00\\)', "(¥1,234.50)"),
        (7, '0"天"', "7天"),
        (0, '0;-0;"无"', "无"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (12, "0.##", "12"),
        (True, "General", "TRUE"),
        (datetime.datetime(2024, 3, 5), "mm-dd-yy", "2024/3/5"),
        (datetime.datetime(2024, 3, 5, 14, 7), 'yyyy"年"m"月"d"日"', "2024年3月5日"),
        (datetime.datetime(2024, 3, 5, 14, 7), "yyyy-mm-dd hh:mm", "2024-03-05 14:07"),
        (datetime.datetime(2024, 3, 5, 14, 7), '上午/下午h"时"mm"分"', "下午2时07分"),
        (datetime.datetime(2024, 3, 5), "[$-804]aaaa", "星期二"),
        (datetime.time(9, 30), "h:mm", "9:30"),
        (datetime.timedelta(hours=30), "[h]:mm:ss", "30:00:00"),
    ],
)
def test_numbers_and_dates_are_read_as_they_are_shown(value: object, number_format: str, text: str) -> None:
    assert displayed(value, number_format) == text


def local_date(folder: Path, value: int) -> Path:
    path = save(folder / "f.xlsx", 一=[["问题", "答案"], ["几号", value]])
    book = load_workbook(path)
    book["一"]["B2"].number_format = "0.000"
    book.save(path)
    local = folder / "local.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(local, "w") as target:
        for part in source.infolist():  # Excel in Chinese writes the number 31, and no format of that number
            text = re.sub(b"<numFmts.*?</numFmts>", b"", source.read(part))
            target.writestr(part, text.replace(b'numFmtId="164"', b'numFmtId="31"'))
    return local


def test_a_date_in_a_format_of_chinese_excel(tmp_path: Path) -> None:
    assert responses(read_exchange([local_date(tmp_path, 45356)])) == {"几号": ["2024年3月5日"]}


@pytest.mark.parametrize("value", [20240301, 13800001111])
def test_a_number_in_a_date_format_that_is_no_date(value: int, tmp_path: Path) -> None:
    (fault,) = read_exchange([path := local_date(tmp_path, value)]).faults
    place = f"{path}: sheet '一', row 2, column B (答案)"
    assert fault == f"{place}: holds {value}, which is no date; format the cell as text or a number"


def test_no_exported_cell_is_a_formula(tmp_path: Path) -> None:
    texts = ('=HYPERLINK("http://a")', "+1", "-1", "@SUM(1)", "2024-01-02", "001")
    write_exchange(Faq.of([Topic("a", "=1", texts, texts)]), tmp_path / "f.xlsx")
    sheet = load_workbook(tmp_path / "f.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value)[0] in "=+-@")
    with zipfile.ZipFile(tmp_path / "f.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_stray_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "f.xlsx", 一=[["问题", "答案"], ["甲", "答"]])
    book = load_workbook(path)
    book["一"]["XFD1048576"] = "x"
    book.save(path)
    assert posts(read_exchange([path])) == {"甲": ["甲"]}


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 2**20))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xd0\xcf\x11\xe0rest", "an old (.xls) or encrypted workbook; save it as .xlsx, without a password"),
        ("问题,答案".encode(), "not an Excel workbook; save it as .xlsx"),
        (bomb(), "unpacks to 65 MiB, more than 64; delete empty rows and pictures, or split it"),
    ],
    ids=["old", "text", "bomb"],
)
def test_files_that_are_no_workbooks(content: bytes, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    path.write_bytes(content)
    assert read_exchange([path]).faults == [f"{path}: {fault}"]


def test_a_damaged_workbook(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types")
    assert "the workbook is damaged" in read_exchange([path]).faults[0]


def workbook_of(path: Path, sheet: str, text: str = "") -> Path:
    """A workbook whose first sheet is this XML, with a text that its cells can share."""
    save(path, Sheet=[["标题", "问题", "答案"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    parts["xl/worksheets/sheet1.xml"] = f"{head}{sheet}</worksheet>".encode()
    shared = head.replace("worksheet", "sst")
    parts["xl/sharedStrings.xml"] = f"{shared}<si><t>{text}</t></si></sst>".encode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    if kind.encode() not in parts["[Content_Types].xml"]:
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


WIDE = "".join(f'<mergeCell ref="A{row}:XFD{row}"/>' for row in range(3, 103))
ROW = "<row>" + "<c><v>1</v></c>" * 1_000 + "</row>"


@pytest.mark.parametrize(
    ("sheet", "bound"),
    [
        ('<sheetData/><mergeCells><mergeCell ref="A3:XFD1048576"/></mergeCells>', "500,000 cells"),
        (f"<sheetData/><mergeCells>{WIDE}</mergeCells>", "500,000 cells"),
        ('<sheetData/><mergeCells><mergeCell ref="A:XFD"/></mergeCells>', "500,000 cells"),
        ('<sheetData/><hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>', "500,000 cells"),
        (f"<sheetData>{ROW * 3_000}</sheetData>", "500,000 cells"),
        ("<sheetData>" + '<row ht="1"/>' * 600_000 + "</sheetData>", "500,000 cells"),
        ("<sheetData><row><c><is>" + "<a/>" * 3_000_000 + "</is></c></row></sheetData>", "3,000,000 XML elements"),
        ("<sheetData><row><c><is>" + "<r/>" * 200_000 + "</is></c></row></sheetData>", "500,000 cells"),
        ("<sheetData/>" + '<mergeCell ref="A1:B1"/>' * 30_000, "500,000 cells"),
        ("<sheetData/>" + " " * (65 * 2**20), "unpacks to 65 MiB"),
    ],
    ids=[
        "merged",
        "merged rows",
        "merged columns",
        "link",
        "numbers",
        "rows",
        "elements",
        "runs",
        "many merged",
        "bytes",
    ],
)
def test_a_bomb_is_refused_before_it_is_opened(
    sheet: str, bound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    (fault,) = read_exchange([workbook_of(tmp_path / "bomb.xlsx", sheet)]).faults
    assert bound in fault


def test_a_text_that_stands_in_many_cells_is_bounded(tmp_path: Path) -> None:
    sheet = "<sheetData><row>" + '<c t="s"><v>0</v></c>' * 2_100 + "</row></sheetData>"
    (fault,) = read_exchange([workbook_of(tmp_path / "f.xlsx", sheet, "x" * 32_767)]).faults
    assert "its cells hold more than 67,108,864 characters" in fault
