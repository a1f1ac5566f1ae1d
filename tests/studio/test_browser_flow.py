"""A shop owner with an Excel file, in a real browser: import, mend, add, try, teach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import Workbook

from faq_component.knowledge.checking import load_faq
from tests.studio.test_browser import SCHEMES, Studio, page, studio

__all__ = ["page", "studio"]  # fixtures

ROWS: list[list[str | None]] = [
    ["标题", "问题", "答案"],
    ["宠物", "能带狗吗", "不能。"],
    ["轮椅", "哪里借轮椅", None],
    ["营业时间", "礼拜天几点开门", "每天6点到22点。"],
]


def base(page: Any) -> str:
    return "/".join(page.url.split("/", 3)[:3])


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workbook = Workbook()
    for row in ROWS:
        workbook.worksheets[0].append(row)
    place = tmp_path_factory.mktemp("excel") / "店里的问答.xlsx"
    workbook.save(place)
    return place


def test_an_excel_file_with_a_faulty_row_is_mended_and_imported(page: Any, studio: Studio, book: Path) -> None:
    page.get_by_role("link", name="In and out").click()
    page.set_input_files("input[type=file]", str(book))
    page.get_by_role("button", name="Look at it").click()
    page.get_by_text("is empty; write an answer").wait_for()
    page.reload()  # keeps the upload
    page.locator("textarea[aria-invalid]").fill("前台。")
    page.get_by_role("button", name="Take this over").click()
    page.get_by_text("1 cell mended").wait_for()
    page.get_by_text("哪里借轮椅").first.wait_for(state="attached")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("2 topics added, 1 changed").wait_for()
    faq = load_faq(studio.draft)
    assert next(topic for topic in faq.topics if topic.title == "轮椅").responses == ("前台。",)
    assert "礼拜天几点开门" in faq.by_id["hours"].posts


def test_a_new_topic_is_warned_of_a_near_phrasing_beside_its_field(page: Any, studio: Studio) -> None:
    page.goto(f"{base(page)}/topics/new")
    page.get_by_label("Title", exact=True).fill("票")
    field = page.get_by_role("textbox", name="Phrasing 1")
    field.fill("门票是多少钱呀")
    page.get_by_role("textbox", name="Answer 1").fill("单次99元。")
    page.locator(".item + .beside").first.wait_for()
    assert "门票价格" in page.locator(".item + .beside").first.inner_text()
    assert field.get_attribute("aria-describedby")
    page.get_by_text("which is asked nearly the same").wait_for()
    page.select_option("#preview_channel", "wechat")
    page.locator("#preview .bubble", has_text="单次99元。").wait_for()
    field.fill("能穿拖鞋吗")
    page.get_by_label("Title", exact=True).fill("拖鞋")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for()
    assert any(topic.title == "拖鞋" for topic in load_faq(studio.draft).topics)


def test_a_message_is_tried_explained_and_taught_in_two_clicks(page: Any, studio: Studio) -> None:
    page.goto(f"{base(page)}/try")
    page.fill("#text", "带娃玩水要花几个钱")
    page.press("#text", "Enter")
    page.locator(".why summary").first.click()
    page.get_by_text("It answers from").wait_for()
    page.locator("tr", has_text="门票价格").get_by_role("button", name="It should be this").first.click()
    page.locator(".taught dl").wait_for()
    before, now = page.locator(".taught dd.outcome").all_inner_texts()
    assert "100 % sure" not in before
    assert "100 % sure" in now
    assert "带娃玩水要花几个钱" in load_faq(studio.draft).by_id["ticket"].posts


@pytest.mark.parametrize(("scheme", "width"), SCHEMES)
def test_axe_finds_nothing(page: Any, book: Path, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{base(page)}/exchange")
    page.set_input_files("input[type=file]", str(book))
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_url("**/exchange/*")
    places = [page.url.removeprefix(base(page)), "/exchange", "/topics/card", "/topics/card/arrange"]
    for place in (*places, "/topics/card/merge?with=ticket", "/try", "/topics?state=most-asked"):
        page.goto(f"{base(page)}{place}")
        page.wait_for_load_state("networkidle")
        if place == "/try":
            page.fill("#text", "量子力学")
            page.press("#text", "Enter")
            page.locator(".why summary").click()
        for summary in page.locator("details:not([open]) > summary").all():
            if summary.is_visible():
                summary.click()
        found = Axe().run(page).response["violations"]
        assert [(place, one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
