"""The examples under data/examples/ are read as the formats' page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.exchange import Drafts, merge, read_exchange
from faq_component.exchange.formats import SUFFIXES
from faq_component.knowledge.responses import RichResponse

EXAMPLES = Path("data/examples")
FILES = {
    "library.xlsx": 10,
    "library.csv": 5,
    "library.tsv": 3,
    "library.json": 2,
    "library.md": 4,
    "library_nlu.yml library_domain.yml": 2,
}


def read(names: str) -> Drafts:
    return read_exchange([EXAMPLES / name for name in names.split()])


@pytest.mark.parametrize("names", FILES)
def test_each_example_is_an_faq(names: str) -> None:
    plan = merge(None, read(names))
    assert len(plan.faq.topics) == len(plan.added) == FILES[names]


def test_every_format_has_an_example_and_all_fit_together() -> None:
    files = sorted(file for file in EXAMPLES.iterdir() if file.is_file())
    assert {file.suffix for file in files} == set(SUFFIXES.split(", "))
    assert len(merge(None, read_exchange(files)).faq.topics) == sum(FILES.values())


def test_the_workbook_as_a_person_laid_it_out() -> None:
    drafts = read("library.xlsx")
    topics = {draft.title: draft for draft in drafts.topics}
    assert topics["续借"].posts == ["书还没看完怎么续", "可以延期还书吗", "帮我续借一下", "借的书能再放几天不"]
    assert topics["弄丢了书"].responses == [
        "您可以选一种办法：\n1. 买一本同版本的新书来还；\n2. 按定价赔偿。\n都在一楼服务台办理。"
    ]
    assert topics["打印多少钱一张"].responses == ["黑白每张0.50元，在二楼自助打印机上扫码付款。"]
    assert [note.split(": not read: ")[1] for note in drafts.notes] == ["column 序号, 更新日期", "no row of headings"]


def test_rich_responses_of_the_rasa_files() -> None:
    lost_card = read("library_nlu.yml library_domain.yml").topics[1]
    assert lost_card.title == "借书证丢了"
    assert isinstance(lost_card.responses[1], RichResponse)
    assert lost_card.responses[1].conditions == ({"type": "slot", "name": "has_wechat", "value": False},)


@pytest.mark.parametrize("path", sorted((EXAMPLES / "products").iterdir()), ids=lambda path: path.name)
def test_exports_of_other_programs(path: Path) -> None:
    """Each holds the same three topics; Dify, Alpaca and bare pairs know one way to ask each."""
    topics = merge(None, read(f"products/{path.name}")).faq.topics
    assert [topic.title for topic in topics] == ["借书证怎么办理", "可以续借几次", "逾期了要罚款吗"]
    one_each = path.name in ("dify.csv", "alpaca.json", "pairs.jsonl")
    assert [len(topic.posts) for topic in topics] == ([1, 1, 1] if one_each else [3, 3, 2])
    assert [len(topic.responses) for topic in topics] == [1, 1, 1]
    assert [topic.options.enabled for topic in topics] == [True, True, path.name != "weknora.csv"]
