"""Files that are dropped into the studio: mapped, mended, looked at, and imported in one edit."""

from __future__ import annotations

import html
import io
import re
import zipfile
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from faq_component.studio.access import Role
from faq_component.studio.access.doors import Access
from faq_component.studio.access.sessions import Session
from faq_component.studio.exchange.pages import FORMATS
from faq_component.studio.workbench import Workbench
from tests.studio.conftest import HOST, Page, acts

CASES = Path("tests/data/import")


def upload(page: Page, name: str, data: bytes, status: int = 302) -> str:
    """Upload a file, and return the address of its page; of a refusal, the page."""
    answer = page.client.post(
        "/exchange/files",
        base_url=HOST,
        data={"file": (io.BytesIO(data), name)},
        headers={"X-CSRF-Token": page.csrf},
    )
    assert answer.status_code == status, answer.text
    return answer.headers["Location"] if status == 302 else html.unescape(answer.text)


def shown(page: Page, place: str, status: int = 200) -> str:
    return html.unescape(page.get(place, status))


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', text)
    assert found
    return found[1]


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for title, more in sheets.items():
        sheet = book.create_sheet(title)
        for row in more:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_faulty_row_is_mended_in_the_page_and_imported(page: Page, workbench: Workbench) -> None:
    book = workbook(["标题", "问题", "答案"], ["宠物", "能带狗吗", "不能。"], ["轮椅", "哪里借轮椅", None])
    place = upload(page, "店里的问答.xlsx", book)
    text = shown(page, place)
    assert "Row 3" in text
    assert "is empty; write an answer" in text
    assert "哪里借轮椅" in text  # beside the field that is empty
    before = workbench.faq
    page.post(f"{place}/import", 422, seen="x")
    assert workbench.faq == before
    page.post(f"{place}/rows", 302, **{"cell:0:3:3": "门口。", "cell:0:3:1": "轮椅", "cell:0:3:2": "哪里借轮椅"})
    text = shown(page, place)
    assert "1 cell mended" in text
    assert "<strong>2</strong> new" in text
    assert "门口。" in text
    page.post(f"{place}/import", 302, seen=seen(text))
    done = shown(page, place)
    assert "2 topics added" in done
    assert "It is in the draft" in done
    assert 'href="/publish"' in done
    assert acts(workbench)[-2:] == ["edit", "import"]
    faq = workbench.faq
    assert {"宠物", "轮椅"} <= {topic.title for topic in faq.topics}
    assert faq.by_id["hours"]  # the others stay


def test_a_faulty_row_is_left_out_on_purpose_and_that_is_said(page: Page, workbench: Workbench) -> None:
    place = upload(page, "a.csv", "问题,答案\n能带狗吗,不能。\n能带猫吗,\n".encode())
    page.post(f"{place}/rows", 302, **{"out:0:3": "1"})
    text = shown(page, place)
    assert "left out on purpose: 能带猫吗" in text
    assert "<strong>1</strong> new" in text
    page.post(f"{place}/rows", 302, undo="1")
    assert "is empty; write an answer" in shown(page, place)
    page.post(f"{place}/rows", 302, leave="1")
    text = shown(page, place)
    page.post(f"{place}/import", 302, seen=seen(text))
    assert not any("能带猫吗" in topic.posts for topic in workbench.faq.topics)


def test_columns_are_mapped_by_a_person(page: Page, workbench: Workbench) -> None:
    place = upload(page, "b.csv", "客人说,我们说,备注\n能带狗吗,不能。,2019年的\n能抽烟吗,不能抽。,\n".encode())
    text = shown(page, place)
    assert "no row of headings" in text
    assert "客人说" in text
    page.post(f"{place}/columns", 302, **{"column:客人说": "QUESTION", "column:我们说": "ANSWER", "column:备注": ""})
    text = shown(page, place)
    assert "not read: column 备注" in text
    assert "<strong>2</strong> new" in text
    page.post(
        f"{place}/columns", 302, **{"column:客人说": "QUESTION", "column:我们说": "ANSWER", "column:备注": "TAGS"}
    )
    page.post(f"{place}/import", 302, seen=seen(shown(page, place)))
    assert next(topic for topic in workbench.faq.topics if "能带狗吗" in topic.posts).options.tags == ("2019年的",)


def test_a_table_without_headings_is_mapped_by_letters(page: Page, workbench: Workbench) -> None:
    place = upload(page, "c.csv", "1,能带狗吗,不能。\n2,能抽烟吗,不能抽。\n".encode())
    page.post(f"{place}/columns", 302, first_is_topic="1")
    assert 'name="column:c"' in shown(page, place)
    page.post(f"{place}/columns", 302, first_is_topic="1", **{"column:b": "QUESTION", "column:c": "ANSWER"})
    text = shown(page, place)
    assert "<strong>2</strong> new" in text
    page.post(f"{place}/import", 302, seen=seen(text))
    assert any("能带狗吗" in topic.posts for topic in workbench.faq.topics)


def test_sheets_are_chosen(page: Page) -> None:
    book = workbook(["问题", "答案"], ["能带狗吗", "不能。"], 旧的=[["问题", "答案"], ["能抽烟吗", "能。"]])
    place = upload(page, "d.xlsx", book)
    assert "<strong>2</strong> new" in shown(page, place)
    page.post(f"{place}/columns", 302, sheet="Sheet")
    text = shown(page, place)
    assert "<strong>1</strong> new" in text
    assert "the sheet is not chosen" in text


def test_topics_that_go_need_a_confirmation_of_their_number(page: Page, workbench: Workbench) -> None:
    place = upload(page, "e.csv", "标题,问题,答案\n宠物,能带狗吗,不能。\n".encode())
    page.post(f"{place}/columns", 302, mode="mirror")
    text = shown(page, place)
    count = len(workbench.faq.topics)
    assert f"Yes, remove {count} topics" in text
    page.post(f"{place}/import", 422, seen=seen(text))
    assert len(workbench.faq.topics) == count
    page.post(f"{place}/import", 302, seen=seen(text), remove=str(count))
    assert [topic.title for topic in workbench.faq.topics] == ["宠物"]


def test_an_edit_between_preview_and_import_is_shown_and_kept(page: Page, workbench: Workbench) -> None:
    place = upload(page, "f.csv", "标题,问题,答案\n营业时间,礼拜天开吗,开。\n".encode())
    text = shown(page, place)
    workbench.change_all(lambda faq: faq.without({"cap"}), {}, who="wang", what="x")
    again = html.unescape(page.post(f"{place}/import", 409, seen=seen(text)))
    assert "Somebody has changed the FAQ meanwhile" in again
    page.post(f"{place}/import", 302, seen=seen(again))
    faq = workbench.faq
    assert "cap" not in faq.by_id
    assert "礼拜天开吗" in faq.by_id["hours"].posts


def test_the_name_of_a_file_is_a_text_only(page: Page) -> None:
    data = "问题,答案\n能带狗吗,不能。\n".encode()
    script = "<script>alert(1)</script>.csv"
    for name in ("../../etc/x.csv", "C:\\x\\y.csv", script, "a\x00b\u202e.csv", f"{'长' * 500}.csv"):
        place = upload(page, name, data)
        text = page.get(place)
        assert "etc" not in text
        assert "<script>alert" not in text
        assert "<strong>1</strong> new" in text
    assert "save it as .xlsx" in upload(page, "old.xls", data, 422)
    assert "is not known" in upload(page, "x.exe", data, 422)
    assert "Choose a file" in page.post("/exchange/files", 422)


def test_an_upload_is_its_owners_alone_and_ends(page: Page) -> None:
    place = upload(page, "g.csv", "问题,答案\n能带狗吗,不能。\n".encode())
    page.post(f"{place}/end", 302)
    page.get(place, 404)
    page.get("/exchange/nobody", 404)
    page.post("/exchange/nobody/import", 404)


def test_an_upload_is_not_that_of_an_account_of_the_same_name(page: Page, access: Access) -> None:
    place = upload(page, "q.csv", "问题,答案\n能带狗吗,不能。\n".encode())  # of who is here without an account
    account = access.accounts.add("li", Role.READER)
    session = access.sessions.begin(Session(account.name, account.role, account.epoch))
    named_alike = Page(page.client.application.test_client(), session)
    named_alike.get(place, 404)
    assert "能带狗吗" in page.get(place)
    page.post(f"{place}/end", 302)


def test_hostile_cells_are_texts(page: Page) -> None:
    evil = "<img src=x onerror=alert(1)>"
    place = upload(page, "h.csv", f'问题,答案,{evil}\n{evil},{evil},{evil}\n"={evil}",,\n'.encode())
    text = page.get(place)
    assert "<img" not in text


def test_every_file_of_people_gets_a_page(page: Page) -> None:
    for case in sorted(CASES.iterdir()):
        place = upload(page, case.name, case.read_bytes())
        text = shown(page, place)
        assert "What the import does" in text or "Nothing is imported as long as" in text, case.name


def test_too_much_is_refused_with_its_bound(page: Page) -> None:
    assert "at most 32 MiB" in upload(page, "big.csv", b"a" * (33 << 20), 413)
    page.post("/topics/new", 413, title="x" * (3 << 20))


def test_everything_is_exported_in_every_format(page: Page, workbench: Workbench) -> None:
    for count, suffix in enumerate(FORMATS, 1):
        answer = page.client.get(f"/exchange/export/{suffix}", base_url=HOST)
        assert answer.status_code == 200
        assert acts(workbench)[-count:] == ["export"] * count
        assert "attachment" in answer.headers["Content-Disposition"]
        if suffix == ".yml":
            with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
                assert len(archive.namelist()) == 2
            continue
        place = upload(page, f"again{suffix}", answer.data)
        assert f"<strong>{len(workbench.faq.topics)}</strong> unchanged" in shown(page, place)
    page.get("/exchange/export/.exe", 404)


def test_bombs_are_refused_at_once_with_their_bound(page: Page) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    merged = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["问题", "答案"]))) as plain,
        zipfile.ZipFile(merged, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in plain.namelist():
            cells = b'</sheetData><mergeCells count="1"><mergeCell ref="A2:XFD1048576"/></mergeCells>'
            archive.writestr(part, plain.read(part).replace(b"</sheetData>", cells))
    deep = '[{"question": "能带狗吗", "answer": ' + "[" * 5_000 + "]" * 5_000 + "}]"
    for name, data, bound in (
        ("zip.xlsx", packed.getvalue(), "unpacks to 80 MiB, more than 64"),
        ("merged.xlsx", merged.getvalue(), "more than 500,000 cells"),
        ("notzip.xlsx", b"PK\x03\x04nonsense", "not an Excel workbook"),
        ("deep.json", deep.encode(), "not JSON"),
        ("nan.json", b'[{"question": "q", "answer": NaN}]', "row"),
        ("empty.csv", b"", "no row of headings"),
    ):
        text = shown(page, upload(page, name, data))
        assert "Nothing is imported as long as" in text, name
        assert bound in text or "item 1" in text, (name, text)
