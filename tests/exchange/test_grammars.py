"""Separators, quoting and headings in every combination; and no cell of any table vanishes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from faq_component.exchange import Choices, Drafts, read_exchange
from faq_component.exchange.columns import Kind, kind_of

IN_ONE_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
QUESTIONS = st.lists(
    st.text("怎么退货运费多少发票会员几天", min_size=4, max_size=12), min_size=1, max_size=5, unique=True
)


def read(path: Path, content: str) -> Drafts:
    path.write_text(content, "utf-8", newline="")
    return read_exchange([path], Choices())


def written(rows: list[list[str]], delimiter: str = ",", *, quote_all: bool = False) -> str:
    target = io.StringIO()
    if quote_all:
        csv.writer(target, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue()


@pytest.mark.parametrize(
    ("announcement", "sign"),
    [
        ("多个用##分隔", "##"), ("用 ## 隔开", "##"), ("以竖线分隔", "|"), ("用|分割", "｜"), ("多个用分号隔开", "；"),
        ("用;分隔", ";"), ("以逗号分隔", "，"), ("用顿号隔开", "、"), ("用/分隔", "/"), ("separated by commas", ","),
        ("divided by semicolons", ";"), ("split with |", "|"),
    ],
)  # fmt: skip
@given(questions=QUESTIONS)
@IN_ONE_FOLDER
def test_an_announced_sign_divides_and_nothing_else(
    announcement: str, sign: str, questions: list[str], tmp_path: Path
) -> None:
    rows = [["标题", f"相似问（{announcement}）", "答案"], ["题目", sign.join(questions), "可以"]]
    (draft,) = read(tmp_path / "f.csv", written(rows)).topics
    assert draft.posts == ["题目", *questions]


@given(
    cells=st.lists(
        st.text("问答\"',;\t\n #|甲乙", min_size=1, max_size=12).map(lambda text: f"题{text}尾"), min_size=1
    ),
    delimiter=st.sampled_from([",", ";", "\t"]),
    quote_all=st.booleans(),
)
@IN_ONE_FOLDER
def test_whatever_a_csv_writer_quotes_is_read_back(
    cells: list[str], delimiter: str, quote_all: bool, tmp_path: Path
) -> None:
    # In a file divided by tabs, rows and tabs within quotes may as well be rows and cells with quotes in them.
    assume(delimiter != "\t" or not any("\t" in cell and "\n" in cell for cell in cells))
    rows = [["问题", "答案"], *([f"第{number}问怎么办", cell] for number, cell in enumerate(cells))]
    drafts = read(tmp_path / "f.csv", written(rows, delimiter, quote_all=quote_all))
    assert drafts.faults == []
    assert {response for draft in drafts.topics for response in draft.responses} == set(cells)


@given(
    before=st.sampled_from(["", "用户", "客户", "常见", "顧客", "Customer ", "customer_"]),
    core=st.sampled_from(
        [("问题", Kind.QUESTION), ("問題", Kind.QUESTION), ("question", Kind.QUESTION), ("相似问", Kind.SIMILAR),
         ("答案", Kind.ANSWER), ("回覆", Kind.ANSWER), ("Answer", Kind.ANSWER), ("分类", Kind.CATEGORY)]
    ),
    after=st.sampled_from(["", "内容", "列表", "2", " 3", "（必填）", "(选填，每行一个)", "*", "：", " text"]),
)  # fmt: skip
@settings(max_examples=200)
def test_headings_are_known_with_words_around_them(before: str, core: tuple[str, Kind], after: str) -> None:
    name, kind = core
    assert kind_of(f"{before}{name}{after}") is kind


KNOWN = ["标题", "问题", "相似问", "标准问", "分类", "标签", "答案"]


@given(
    headings=st.lists(st.sampled_from([*KNOWN, "备注", "说明一", ""]), min_size=1, max_size=5, unique=True),
    filled=st.lists(st.lists(st.integers(0, 3), min_size=7, max_size=7), min_size=1, max_size=6),
)
@settings(IN_ONE_FOLDER, max_examples=200)
def test_no_cell_vanishes(headings: list[str], filled: list[list[int]], tmp_path: Path) -> None:
    """Where there is no fault, each text is in a topic, in what is said, or in a column that is said not to be read."""
    headings = ["问题", *(heading for heading in headings if heading not in ("问题", "答案")), "答案"]
    shared = 3  # a text that other rows have too
    rows = [
        [
            f"词{'同' if number == shared else at}行{column}列" if number else ""
            for column, number in enumerate(row[: len(headings)])
        ]
        for at, row in enumerate(filled)
    ]
    drafts = read(tmp_path / "f.csv", written([headings, *rows]))
    if drafts.faults:
        return  # they name a row, and nothing is imported
    kept = json.dumps(
        [[d.title, d.posts, [str(r) for r in d.responses], d.tags] for d in drafts.topics], ensure_ascii=False
    )
    gaps = [gap for draft in drafts.topics for gap in draft.gaps()]
    said = "\n".join([*drafts.notes, *gaps, *(t for ts in drafts.remarks.examples.values() for t in ts)])
    for row in rows:
        for heading, text in zip(headings, row, strict=False):
            named = (
                "column" in said and heading in said.partition("not read: column ")[2]
                if heading
                else "no heading" in said
            )
            assert not text or text in kept or text in said or named, (heading, text, kept, said)
