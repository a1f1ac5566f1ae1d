"""CSV and TSV of many makers, and JSON lists."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from faq_component.exchange import read_exchange, write_exchange
from faq_component.knowledge.responses import RichResponse
from faq_component.knowledge.topics import Faq, Topic

TEXT = "标题,问题,答案\n退货,怎么退,可以退\n,想退,\n"
EXPECTED = ["怎么退", "想退"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(TEXT.encode(encoding))
    drafts = read_exchange([path])
    assert (drafts.faults, drafts.topics[0].posts, drafts.topics[0].responses) == ([], EXPECTED, ["可以退"])


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(suffix: str, delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / f"f{suffix}"
    path.write_text(TEXT.replace(",", delimiter).replace("可以退", "可以，退；好，"), "utf-8")
    drafts = read_exchange([path])
    assert (drafts.topics[0].posts, drafts.topics[0].responses) == (EXPECTED, ["可以，退；好，"])


def test_damaged_utf_8_is_not_taken_for_gbk(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(TEXT.encode().replace("想退".encode(), "想退".encode()[:-1]))
    assert "row 3: neither UTF-8 nor GBK" in read_exchange([path]).faults[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("一,二,三\n四,五,六\n", "no row of headings among the first 20, divided by commas, tabs, semicolons"),
        ('问题,答案\n"甲,乙\n', "row 2: a quote is not closed"),
        ('问题,答案\n"甲"x,乙\n', 'text stands behind it: "甲"x,乙; double'),
        ("问题,答案\n\n,没有问题\n", "row 3, column A (问题): is empty, and there is no topic above"),
        ("", "no row of headings"),
    ],
)
def test_faults(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(text, "utf-8")
    (found,) = read_exchange([path]).faults
    assert found.startswith(f"{path}: ")
    assert fault in found


def test_formulas_are_disarmed(tmp_path: Path) -> None:
    texts = ("=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "'=1", "'好")
    write_exchange(Faq.of([Topic("a", "-题", texts, texts)]), tmp_path / "f.csv")
    text = (tmp_path / "f.csv").read_text("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert {"'=1+1", "''=1", "'好", "'-题"} <= set(cells)


def test_the_same_answer_in_every_row_is_one_answer(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("topic,post,response\n退货,怎么退,可以退\n退货,想退,可以退\n", "utf-8")
    assert read_exchange([path]).topics[0].responses == ["可以退"]


def test_a_list_of_objects_in_json(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    content = [
        {
            "question": "怎么退\n货",
            "similar": ["想退", " 要退 "],
            "answer": ["可以", {"text": "看", "image": "i"}],
            "n": 1,
        },
        {"question": "电话", "answer": 4001},
    ]
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    drafts = read_exchange([path])
    assert drafts.faults == []
    assert [draft.posts for draft in drafts.topics] == [["怎么退\n货", "想退", " 要退 "], ["电话"]]
    assert [draft.responses for draft in drafts.topics] == [["可以", RichResponse(text="看", image="i")], ["4001"]]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[1]", "item 1: is not an object"),
        ('[{"a": 1}]', "its objects have no keys such as"),
        ('[{"question": "甲", "answer": [["乙"]]}]', "item 1, 'answer': is neither a text nor a list of texts"),
        ('[{"question": "甲", "answer": "\\ud800"}]', "item 1, 'answer': holds half a surrogate pair"),
        ('[{"question":', ":1: not JSON: Expecting value at column 14"),
        ('{"甲": {"post": ["甲"], "rsp": ["乙"]}}', ":1: topic '甲': unknown key 'rsp'; did you mean 'resp'?"),
    ],
)
def test_faults_in_json(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text(text, "utf-8")
    assert fault in "\n".join(read_exchange([path]).faults)


def test_a_row_of_too_many_cells_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("title,question,answer\n退货,怎么退,可以退" + "," * 300_000 + "\n", "utf-8")
    assert [fault.removeprefix(str(file)) for fault in read_exchange([file]).faults] == [
        ": row 2: has 300,003 cells, more than 16,384; remove the columns that are empty"
    ]
