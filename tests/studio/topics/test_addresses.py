"""Topics whose ids are names of pages, and what else in an address people can name."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from werkzeug.routing import IntegerConverter, PathConverter, Rule

from faq_component.studio.workbench import Workbench
from tests.studio.conftest import Page, pool_workbench


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with pool_workbench(tmp_path_factory.mktemp("addresses")) as made:
        yield made


def _rules(page: Page) -> list[Rule]:
    return list(page.client.application.url_map.iter_rules())


def test_no_address_of_a_name_is_that_of_another_page(page: Page) -> None:
    adapter = page.client.application.url_map.bind("127.0.0.1")
    paths = "/".join(rule.rule for rule in _rules(page))
    words = sorted({part for part in re.split(r"[/.]", paths) if re.fullmatch("[a-z-]+", part)})
    texts = [
        (rule, name, method)
        for rule in _rules(page)
        for name, converter in rule._converters.items()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
        if not isinstance(converter, IntegerConverter | PathConverter)
    ]
    assert (len(texts) > 10, len(words) > 40) == (True, True)
    for rule, name, method in texts:
        for word in words:
            values = {**dict.fromkeys(rule.arguments, "x"), name: word}
            address = adapter.build(rule.endpoint, values, method=method)
            assert adapter.match(address, method=method) == (rule.endpoint, values), address


@pytest.mark.parametrize("topic_id", ["new", "check", "preview", "arrange", "topics", "move"])
def test_a_topic_named_as_a_page_is_opened_edited_and_removed(page: Page, workbench: Workbench, topic_id: str) -> None:
    page.post("/topics/new", 302, title=topic_id, post=[f"{topic_id} 是什么"], response=["甲。"], enabled="1")
    row = re.search(rf'href="(/topics/[^"]*)">{topic_id}<', page.get("/topics"))
    assert row is not None
    shown = page.get(row[1])
    found = re.search(r'name="before" value="(\w+)"', shown)
    assert found is not None
    places = {html.unescape(place) for place in re.findall(r'(?:action|hx-post)="(/topics/[^"]+)"', shown)}
    assert row[1] in places
    fields = {"title": topic_id, "post": [f"{topic_id} 是什么", "还有呢"], "response": ["乙。"], "enabled": "1"}
    page.post(f"{row[1]}/check", **fields, before=found[1])
    page.post(row[1], 302, **fields, before=found[1])
    assert workbench.faq.by_id[topic_id].posts[-1] == "还有呢"
    page.get(f"{row[1]}/arrange")
    found = re.search(r'name="before" value="(\w+)"', page.get(row[1]))
    assert found is not None
    page.post(f"{row[1]}/remove", 302, before=found[1])
    assert topic_id not in workbench.faq.by_id
