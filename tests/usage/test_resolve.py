from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from faq_component.errors import FaqDataError, ReviewError, UsageLogError
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.store import open_store
from faq_component.knowledge.store.file_form import dump_topics, topic_to_json
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import speaking
from faq_component.usage.clusters import Cluster, Nearest
from faq_component.usage.log import UsageLog
from faq_component.usage.questions import Question, Reason, open_questions, out_of_scope_texts
from faq_component.usage.resolve import Action, Resolution, resolve
from faq_component.usage.sheet import write_sheet
from faq_component.usage.sheet_reader import read_sheet
from tests.usage.test_questions import asked

TOPICS = [
    Topic("return", "退货", ("怎么退货", "退货"), ("可以退",)),
    Topic("night", "晚安", ("晚安",), ("好梦",)),
    Topic("odd", "=1+1", ("一加一",), ("二",)),
]


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    file = tmp_path / "faq.json"
    file.write_bytes(dump_topics({topic.title: topic_to_json(topic) for topic in TOPICS}))
    return file


@pytest.fixture
def log(tmp_path: Path) -> UsageLog:
    return UsageLog(tmp_path / "usage.sqlite")


def do(faq: Path, log: UsageLog, *resolutions: Resolution) -> Faq:
    return resolve(resolutions, open_store(str(faq)), log, who="小王")


def test_questions_become_posts_and_topics_and_are_closed(faq: Path, log: UsageLog) -> None:
    log.append(asked(text) for text in ["能退么", "[手机号]能退么", "我的[手机号]，能退么", "量子", "股票", "放着"])
    after = do(
        faq,
        log,
        Resolution(Action.ADD, ("能退么", "[手机号]能退么", "我的[手机号]，能退么"), "退货"),
        Resolution(Action.ADD, ("量子吗",), "量子力学"),  # of a topic that is only made after it
        Resolution(Action.NEW_TOPIC, ("量子",), "量子力学", "我不教物理。"),
        Resolution(Action.OUT_OF_SCOPE, ("股票",)),
    )
    assert load_faq(faq) == after
    assert after.by_id["return"].posts == ("怎么退货", "退货", "能退么", "我的，能退么")
    (made,) = [topic for topic in after.topics if topic.title == "量子力学"]
    assert (made.posts, made.responses) == (("量子", "量子吗"), ("我不教物理。",))
    assert [question.text for question in open_questions(log.events(), after)] == ["放着"]
    assert out_of_scope_texts(log.events()) == ["股票"]


def test_a_post_that_was_answered_wrongly_moves(faq: Path, log: UsageLog) -> None:
    after = do(faq, log, Resolution(Action.ADD, ("退货？",), "晚安"))
    assert after.by_id["return"].posts == ("怎么退货",)
    assert after.by_id["night"].posts == ("晚安", "退货？")


@pytest.mark.parametrize(
    ("resolution", "message"),
    [
        (Resolution(Action.ADD, ("能退么",), "没有的"), "there is no topic '没有的'"),
        (Resolution(Action.NEW_TOPIC, ("能退么",), "退货", "答"), "there is a topic '退货' already"),
        (Resolution(Action.ADD, ("[手机号]",), "退货"), "nothing is left of a question without personal data"),
        (Resolution(Action.NEW_TOPIC, ("能退么",), "新的", " "), "resp"),
    ],
)
def test_what_cannot_be_done_changes_nothing(resolution: Resolution, message: str, faq: Path, log: UsageLog) -> None:
    before = faq.read_bytes()
    with pytest.raises((ReviewError, FaqDataError), match=message):
        do(faq, log, Resolution(Action.ADD, ("先来的",), "退货"), resolution)
    assert faq.read_bytes() == before
    assert list(log.events()) == []


def test_without_the_log_the_faq_is_edited_and_the_rest_is_said(faq: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageLogError, match="cannot be used"):
        do(faq, UsageLog(tmp_path), Resolution(Action.ADD, ("能退么",), "退货"))
    assert "能退么" in load_faq(faq).by_id["return"].posts


def question(text: str, count: int = 1) -> Question:
    return Question(text, count, "2026-11-05T08:00:00.000Z", {Reason.UNANSWERED: count}, {}, {})


CLUSTERS = [
    Cluster((question("能退么", 2), question("=可以退\n吗\x07")), (Nearest("return", "退货", 0.512, 2, 1),)),
    Cluster((question("量子"),), ()),
    Cluster((question("股票"),), (Nearest("night", "晚安", 0.1, 0, 0),)),
    Cluster((question("放着"),), ()),
]


def write(file: Path, clusters: list[Cluster], faq: Path) -> None:
    """Write a Chinese sheet; it is read where English is spoken."""
    with speaking("zh"):
        write_sheet(file, clusters, load_faq(faq))


def fill(file: Path, rows: dict[int, dict[str, str | int | None]]) -> None:
    """Fill the sheet as people do."""
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    columns = {cell.value: number for number, cell in enumerate(sheet[1], 1)}
    for number, values in rows.items():
        for name, value in values.items():
            sheet.cell(number, columns[name]).value = value
    book.save(file)


def test_a_sheet_there_and_back(faq: Path, tmp_path: Path) -> None:
    file = tmp_path / "todo.xlsx"
    write(file, CLUSTERS, faq)
    sheet = openpyxl.load_workbook(file).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("问题", "次数", "最后一次", "原因", "最近主题", "处理", "主题", "标题", "答案")
    nearest = "退货 (0.51，选过2次，没用1次)"
    assert rows[1] == ("能退么\n=可以退 吗", 3, "2026-11-05", "没答上 3", nearest, None, "退货", None, None)
    lists = {str(item.sqref): item.formula1 for item in sheet.data_validations.dataValidation}
    assert lists == {"F2:F5": '"加到主题,新主题,不用管,已处理"', "G2:G5": "'主题'!$A$1:$A$3"}
    assert read_sheet(file, load_faq(faq)) == []
    fill(
        file,
        {
            2: {"处理": "加到主题"},
            3: {"处理": "新主题", "标题": 2026, "答案": "第一行\n第二行"},
            4: {"处理": "不用管 ", "问题": "股票\n\n大盘"},
        },
    )
    assert read_sheet(file, load_faq(faq)) == [
        Resolution(Action.ADD, ("能退么", "=可以退 吗"), "退货"),
        Resolution(Action.NEW_TOPIC, ("量子",), "2026", "第一行\n第二行"),
        Resolution(Action.OUT_OF_SCOPE, ("股票", "大盘")),
    ]


def test_a_row_can_name_a_topic_by_its_id_or_one_that_another_row_makes(faq: Path, tmp_path: Path) -> None:
    file = tmp_path / "todo.xlsx"
    write(file, CLUSTERS, faq)
    fill(
        file,
        {
            2: {"处理": "加到主题", "主题": "物理"},
            3: {"处理": "新主题", "标题": "物理", "答案": "不教"},
            4: {"处理": "加到主题", "主题": "odd"},
        },
    )
    assert [item.title for item in read_sheet(file, load_faq(faq))] == ["物理", "物理", "=1+1"]


def test_every_fault_of_a_sheet_is_named_by_row_and_column(faq: Path, tmp_path: Path) -> None:
    file = tmp_path / "todo.xlsx"
    write(file, [*CLUSTERS, *CLUSTERS[1:]], faq)
    fill(
        file,
        {
            2: {"处理": "加到主题", "主题": "退货吗"},
            3: {"处理": "新主题", "标题": "晚安"},
            4: {"处理": "删除"},
            5: {"答案": "有答案"},
            6: {"处理": "加到主题"},
            7: {"处理": "不用管", "问题": None},
            8: {"处理": "不用管", "问题": "量子"},
        },
    )
    with pytest.raises(ReviewError) as caught:
        read_sheet(file, load_faq(faq))
    assert [fault.partition(": ")[2] for fault in caught.value.faults] == [
        "row 2, 主题: '退货吗' is no topic; did you mean '退货'?",
        "row 3, 答案: is empty; a new topic needs a title and an answer",
        "row 3, 标题: '晚安' is a topic already; choose 加到主题 and this 主题",
        "row 4, 处理: is '删除'; choose one of 加到主题, 新主题, 不用管, 已处理, or leave it empty",
        "row 5, 答案: is filled, but 处理 is empty; choose 新主题, or empty it",
        "row 6, 问题: '量子' is also in row 3; keep it in one of them",
        "row 6, 主题: is empty; choose one of the list",
        "row 7, 问题: is empty; write one wording a line, or empty 处理",
        "row 8, 问题: '量子' is also in row 3; keep it in one of them",
    ]


@pytest.mark.parametrize(("content", "message"), [(b"no zip", "not an Excel workbook"), (None, "No such file")])
def test_what_is_no_sheet(content: bytes | None, message: str, faq: Path, tmp_path: Path) -> None:
    file = tmp_path / "todo.xlsx"
    if content:
        file.write_bytes(content)
    with pytest.raises(ReviewError, match=message):
        read_sheet(file, load_faq(faq))


def test_a_sheet_without_the_columns(faq: Path, tmp_path: Path) -> None:
    file = tmp_path / "todo.xlsx"
    write(file, CLUSTERS, faq)
    fill(file, {1: {"处理": "做什么"}})
    with pytest.raises(ReviewError, match="row 1: there is no column action"):
        read_sheet(file, load_faq(faq))
