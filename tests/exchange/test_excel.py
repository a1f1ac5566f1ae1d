"""Workbooks as people make them, and what is wrong with them."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
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


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.5, "0" + "%" * 16, "5" + "0" * 31 + "%" * 16),
        (0.5, "0" + "%" * 254, "5" + "0" * 507 + "%" * 254),
        (1e300, "0.00", "1" + "0" * 300 + ".00"),
        (1e300, "#,##0", "1" + ",000" * 100),
        (-1.7976931348623157e308, "0." + "0" * 253, "-17976931348623157" + "0" * 292 + "." + "0" * 253),
        (int("1" * 30), "0.00", "1" * 30 + ".00"),
        (1e300, "General", "1" + "0" * 300),
        (5e-324, "0.00", "0.00"),
        (1e300, "0,,,", "1" + "0" * 291),
        (12345678901234567890, "0" * 30, "0" * 10 + "12345678901234567890"),
    ],
)
def test_numbers_of_any_length_are_read_as_they_are_shown(value: float, number_format: str, text: str) -> None:
    assert displayed(value, number_format) == text


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(-(10**308), 10**308),
        st.datetimes(),
        st.dates(),
        st.times(),
        st.timedeltas(),
        st.booleans(),
    ),
    st.text(alphabet='0#?,.%;[]@"\\_*/:-+eEyYmdhsaAPM$<> 年上午下午', max_size=30) | st.text(max_size=300),
)
def test_every_value_is_shown_in_every_format(value: Any, number_format: str) -> None:
    assert "Infinity" not in displayed(value, number_format.replace("\0", ""))


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


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def workbook_of(path: Path, sheet: str, text: str = "") -> Path:
    """A workbook whose first sheet is this XML, with a text that its cells can share."""
    save(path, Sheet=[["标题", "问题", "答案"]])
    parts = parts_of(path)
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    parts["xl/worksheets/sheet1.xml"] = f"{head}{sheet}</worksheet>".encode()
    shared = head.replace("worksheet", "sst")
    parts["xl/sharedStrings.xml"] = f"{shared}<si><t>{text}</t></si></sst>".encode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    if kind.encode() not in parts["[Content_Types].xml"]:
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override.encode())
    return written(path, parts)


def styled(path: Path, value: str, styles: str) -> Path:
    """A workbook with a question and an answer, which is this value in the second of these styles."""
    head = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ("标题", "问题", "答案"))
    row = f'{head[: head.index("</c>") + 4] * 2}<c s="1"><v>{value}</v></c>'
    parts = parts_of(workbook_of(path, f"<sheetData><row>{head}</row><row>{row}</row></sheetData>"))
    text = re.sub(r"<numFmts.*?</numFmts>|<numFmts[^>]*/>|<cellXfs.*?</cellXfs>", "", parts["xl/styles.xml"].decode())
    start, end = text.index(">") + 1, text.index("<cellStyles")
    formats, xfs = styles.split("|")
    xfs = f'<cellXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>{xfs}</cellXfs>'
    return written(
        path, parts | {"xl/styles.xml": f"{text[:start]}{formats}{text[start:end]}{xfs}{text[end:]}".encode()}
    )


XF = '<xf numFmtId="{}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
GENERAL, TWO_PLACES, DAY, UNKNOWN = (f"|{XF.format(number)}" for number in (0, 2, 31, 999))
PERCENT = f'<numFmts><numFmt numFmtId="200" formatCode="0%%%%%%%%%%%%%%%%"/></numFmts>|{XF.format(200)}'


@pytest.mark.parametrize(
    ("value", "styles", "text"),
    [
        ("1e300", TWO_PLACES, "1" + "0" * 300 + ".00"),
        ("0.5", PERCENT, "5" + "0" * 31 + "%" * 16),
        ("1" * 30, TWO_PLACES, "1" * 30 + ".00"),
        ("5", UNKNOWN, "5"),
    ],
)
def test_an_odd_number_is_an_answer(value: str, styles: str, text: str, tmp_path: Path) -> None:
    read = read_exchange([styled(tmp_path / "f.xlsx", value, styles)])
    assert (read.faults, list(responses(read).values())) == ([], [[text]])


@pytest.mark.parametrize("value", ["1e999", "-1e999", "9" * 400])
@pytest.mark.parametrize("styles", [GENERAL, TWO_PLACES, DAY, PERCENT, UNKNOWN])
def test_what_is_no_number_of_excel_is_named_with_its_place(value: str, styles: str, tmp_path: Path) -> None:
    path = styled(tmp_path / "f.xlsx", value, styles)
    assert f"{path}: sheet 'Sheet', row 2, column C (答案): holds a number beyond 1.8E+308, the largest there is; " in (
        "".join(read_exchange([path]).faults)
    )


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
    monkeypatch.setattr("openpyxl.reader.excel.WorksheetReader", lambda *_, **__: pytest.fail("it was opened"))
    (fault,) = read_exchange([workbook_of(tmp_path / "bomb.xlsx", sheet)]).faults
    assert bound in fault


def test_a_text_that_stands_in_many_cells_is_bounded(tmp_path: Path) -> None:
    sheet = "<sheetData><row>" + '<c t="s"><v>0</v></c>' * 2_100 + "</row></sheetData>"
    (fault,) = read_exchange([workbook_of(tmp_path / "f.xlsx", sheet, "x" * 32_767)]).faults
    assert "its cells hold more than 67,108,864 characters" in fault


ALL = '<mergeCells><mergeCell ref="A3:XFD1048576"/></mergeCells>'
SHEET, BOOK, RELS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
OF_SHEET, COMMENTS = "xl/worksheets/_rels/sheet1.xml.rels", "xl/comments1.xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def renamed(parts: dict[str, bytes], name: str) -> None:
    """Give the sheet another name."""
    parts[f"xl/worksheets/{name}"] = parts.pop(SHEET)
    parts[RELS] = parts[RELS].replace(b"sheet1.xml", name.encode())


def recoded(parts: dict[str, bytes], coding: str) -> None:
    """Encode the sheet in another way."""
    parts[SHEET] = f'<?xml version="1.0" encoding="utf-16"?>{parts[SHEET].decode()}'.encode(coding)


def prefixed(parts: dict[str, bytes]) -> None:
    """Write the sheet with a prefix for its namespace."""
    parts[SHEET] = re.sub(rb"<(/?)", rb"<\1x:", parts[SHEET]).replace(b"xmlns=", b"xmlns:x=")


def related(parts: dict[str, bytes], relationships: str, part: str = OF_SHEET) -> None:
    """Write the relationships of the sheet."""
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    parts[part] = f"{head}{relationships}</Relationships>".encode()


def commented(parts: dict[str, bytes], reference: str) -> None:
    """Write a comment for a range of the sheet."""
    related(parts, f'<Relationship Id="c" Type="{OFFICE}/comments" Target="/{COMMENTS}"/>')
    comment = f'<comment ref="{reference}" authorId="0"><text><t>x</t></text></comment>'
    parts[COMMENTS] = (
        f'<comments xmlns="{SPREADSHEET}"><authors><author>a</author></authors>'
        f"<commentList>{comment}</commentList></comments>"
    ).encode()


def repeated(parts: dict[str, bytes], count: int) -> None:
    """Make the one part several sheets."""
    sheets = "".join(f'<sheet name="s{number}" sheetId="{number + 9}" r:id="rId1"/>' for number in range(count))
    parts[BOOK] = re.sub(rb"<sheets>.*</sheets>", b"<sheets>%s</sheets>" % sheets.encode(), parts[BOOK])


LINKED = "<hyperlinks>" + f'<hyperlink xmlns:r="{OFFICE}" ref="A1" r:id="b"/>' * 20_000 + "</hyperlinks>"
TARGETS = f'<Relationship Id="a" Type="{OFFICE}/hyperlink" Target="a" TargetMode="External"/>' * 20_000
SHARED = f'<f t="shared" si="0">{"1+" * 30_000}1</f>' + '<f t="shared" si="0"/>' * 1_000
HUNDRED = '<mergeCells><mergeCell ref="A3:CV1002"/></mergeCells>'


@pytest.mark.parametrize(
    ("sheet", "change"),
    [
        (f"<sheetData/>{ALL}", lambda parts: renamed(parts, "sheet1.dat")),
        (f"<sheetData/>{ALL}", lambda parts: renamed(parts, "sheet1.png")),
        (f"<sheetData/>{ALL}", lambda parts: renamed(parts, "sheet1")),
        (f"<sheetData/>{ALL}", lambda parts: recoded(parts, "utf-16")),
        (f"<sheetData/>{ALL}", lambda parts: recoded(parts, "utf-16-be")),
        (f"<sheetData/>{ALL}", prefixed),
        (f"<sheetData/>{ALL}".replace("A3:", "Sheet!A3:"), dict.copy),
        (f"<sheetData/>{ALL}".replace("XFD1048576", "XFD1048576,!A1").replace("A3:", "Sheet!A3:"), dict.copy),
        ("<sheetData/>", lambda parts: commented(parts, "A1:XFD1048576")),
        ("<sheetData/>", lambda parts: commented(parts, "A:B")),
        (f"<sheetData/>{HUNDRED}", lambda parts: repeated(parts, 5)),
        ("<sheetData/>", lambda parts: repeated(parts, 6_000)),
        (f"<sheetData/>{LINKED}", lambda parts: related(parts, TARGETS)),
        (f"<sheetData><row><c>{SHARED}</c></row></sheetData>", dict.copy),
    ],
    ids=[
        "dat",
        "png",
        "no ending",
        "utf-16",
        "utf-16 without mark",
        "prefix",
        "sheet's name",
        "text behind the range",
        "comment",
        "comment of columns",
        "a part five times",
        "a part often",
        "links and relationships",
        "shared formula",
    ],
)
def test_no_way_leads_around_the_bounds(
    sheet: str, change: Callable[[dict[str, bytes]], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook_of(tmp_path / "bomb.xlsx", sheet)
    parts = parts_of(path)
    change(parts)
    monkeypatch.setattr("openpyxl.worksheet.merge.MergedCellRange.format", lambda _self: None)
    monkeypatch.setattr("openpyxl.worksheet._reader.WorksheetReader.bind_hyperlinks", lambda _self: None)
    (fault,) = read_exchange([written(path, parts)]).faults
    assert fault.startswith(f"{path}: holds more than 500,000 cells, with those of merged ranges; ")


def test_styles_and_formats_are_bounded_together(tmp_path: Path) -> None:
    formats = '<numFmt numFmtId="200" formatCode="0"/>' * 6_000
    path = styled(tmp_path / "f.xlsx", "5", f"<numFmts>{formats}</numFmts>|")
    parts = parts_of(path)
    style = b'<cellStyles><cellStyle name="a" xfId="0"/>' + b'<cellStyle name="a" xfId="0"/>' * 6_000
    parts["xl/styles.xml"] = re.sub(b"<cellStyles[^>]*>", style, parts["xl/styles.xml"])
    (fault,) = read_exchange([written(path, parts)]).faults
    assert "holds more than 500,000 cells" in fault


def test_a_long_name_of_a_range_is_refused(tmp_path: Path) -> None:
    path = workbook_of(tmp_path / "f.xlsx", "<sheetData/>")
    parts = parts_of(path)
    area = b'<definedNames><definedName name="_xlnm.Print_Area" localSheetId="0">%s</definedName></definedNames>'
    assert b"</sheets>" in parts[BOOK]
    parts[BOOK] = parts[BOOK].replace(b"</sheets>", b"</sheets>" + area % (b"a" * 1_001))
    (fault,) = read_exchange([written(path, parts)]).faults
    assert "has a named range of more than 1,000 characters" in fault


@pytest.mark.parametrize(
    "rules",
    [
        '<dataValidations><dataValidation sqref="' + "A1 " * 60_000 + '"/></dataValidations>',
        '<conditionalFormatting sqref="A1"/>' * 10_000,
    ],
)
def test_rules_of_cells_are_bounded(rules: str, tmp_path: Path) -> None:
    path = workbook_of(tmp_path / "f.xlsx", "<sheetData/>" + rules)
    (fault,) = read_exchange([path]).faults
    assert "holds more than 500,000 cells" in fault


def test_a_text_of_several_fonts_that_stands_in_many_cells_is_bounded(tmp_path: Path) -> None:
    sheet = "<sheetData><row>" + '<c t="s"><v>0</v></c>' * 2_100 + "</row></sheetData>"
    path = workbook_of(tmp_path / "f.xlsx", sheet)
    parts = parts_of(path)
    runs = f"<r><rPr><b/></rPr><t>{'x' * 32_000}</t></r><r><t>y</t></r>".encode()
    parts["xl/sharedStrings.xml"] = parts["xl/sharedStrings.xml"].replace(b"<t></t>", runs)
    (fault,) = read_exchange([written(path, parts)]).faults
    assert "its cells hold more than 67,108,864 characters" in fault


@pytest.mark.parametrize("part", [SHEET, BOOK, "[Content_Types].xml", "xl/styles.xml", "xl/sharedStrings.xml"])
def test_a_document_type_is_refused(part: str, tmp_path: Path) -> None:
    path = workbook_of(tmp_path / "f.xlsx", "<sheetData/>")
    parts = parts_of(path)
    declared = b'<!DOCTYPE a [<!ENTITY b "c">]>'
    parts[part] = re.sub(rb"^(<\?.*?\?>)?\s*", lambda found: (found[1] or b"") + declared, parts[part])
    assert read_exchange([written(path, parts)]).faults == [
        f"{path}: declares a document type, as no workbook does; open it in Excel and save it again"
    ]


def damage_of_the_archive(data: bytes, kind: str) -> bytes:
    """Say of every part that it is encrypted, or packed in a way that it is not."""
    found = bytearray(data)
    for head, flags, method in ((b"PK\x03\x04", 6, 8), (b"PK\x01\x02", 8, 10)):
        at = found.find(head)
        while at >= 0:
            if kind == "encrypted":
                found[at + flags] |= 1
            else:
                found[at + method : at + method + 2] = {"bzip2": 12, "lzma": 14, "unknown": 99}[kind].to_bytes(
                    2, "little"
                )
            at = found.find(head, at + 1)
    return bytes(found)


@pytest.mark.parametrize("kind", ["encrypted", "bzip2", "lzma", "unknown"])
def test_a_damaged_archive_is_one_sentence(kind: str, tmp_path: Path) -> None:
    path = workbook_of(tmp_path / "f.xlsx", "<sheetData/>")
    path.write_bytes(damage_of_the_archive(path.read_bytes(), kind))
    (fault,) = read_exchange([path]).faults
    assert re.fullmatch(rf"{path}: the workbook is damaged \(.+\); open it in Excel and save it again", fault)


@pytest.mark.parametrize(
    "sheet",
    [
        '<sheetData><row r="1e999"/></sheetData>',
        '<sheetData><row><c r="1A"><v>1</v></c></row></sheetData>',
        '<sheetData><row><c t="s"><v>99</v></c></row></sheetData>',
        '<sheetData><row><c s="99"><v>1</v></c></row></sheetData>',
        '<sheetData><row><c t="d"><v>yesterday</v></c></row></sheetData>',
        '<sheetData/><mergeCells><mergeCell ref="B2:A1"/></mergeCells>',
        "<sheetData/><hyperlinks><hyperlink/></hyperlinks>",
        "<sheetData>" + "<a>" * 100_000,
        f"<sheetData><row><c><v>{'1' * 5_000}.</v><v/></c></row></sheetData><tableParts><tablePart/></tableParts>",
    ],
)
def test_odd_content_is_one_sentence(sheet: str, tmp_path: Path) -> None:
    path = workbook_of(tmp_path / "f.xlsx", sheet)
    (fault,) = read_exchange([path]).faults
    assert re.fullmatch(rf"{path}: the workbook is damaged \(.+\); open it in Excel and save it again", fault)


def test_pictures_are_left_out(tmp_path: Path) -> None:
    path = save(tmp_path / "f.xlsx", 一=[["问题", "答案"], ["甲", "答"]])
    parts = parts_of(path)
    sheet = f'<drawing xmlns:r="{OFFICE}" r:id="d"/></worksheet>'
    parts[SHEET] = parts[SHEET].replace(b"</worksheet>", sheet.encode())
    related(parts, f'<Relationship Id="d" Type="{OFFICE}/drawing" Target="/xl/drawings/drawing1.xml"/>')
    drawing = "http://schemas.openxmlformats.org/drawingml/2006"
    parts["xl/drawings/drawing1.xml"] = (
        f'<xdr:wsDr xmlns:xdr="{drawing}/spreadsheetDrawing" xmlns:a="{drawing}/main" xmlns:r="{OFFICE}">'
        "<xdr:oneCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row>"
        '<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="1" cy="1"/><xdr:pic><xdr:nvPicPr>'
        '<xdr:cNvPr id="1" name="p"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="p"/></xdr:blipFill>'
        "<xdr:spPr/></xdr:pic><xdr:clientData/></xdr:oneCellAnchor></xdr:wsDr>"
    ).encode()
    picture = f'<Relationship Id="p" Type="{OFFICE}/image" Target="/xl/media/image1.png"/>'
    related(parts, picture, "xl/drawings/_rels/drawing1.xml.rels")
    parts["xl/media/image1.png"] = b"\x89PNG\r\n\x1a\n" + bytes(50)
    read = read_exchange([written(path, parts)])
    assert (read.faults, posts(read)) == ([], {"甲": ["甲"]})
