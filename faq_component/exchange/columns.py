"""What a column holds, by its heading in Chinese or English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from faq_component.language import N_, _
from faq_component.text import normalize


class Kind(Enum):
    """What the cells of a column are; the value is its English heading."""

    ID = "id"
    TITLE = N_("title")
    STANDARD = N_("standard question")
    QUESTION = N_("question")
    SIMILAR = N_("similar question")
    ANSWER = N_("answer")
    CATEGORY = N_("category")

    @property
    def heading(self) -> str:
        """The heading of such a column, in the language spoken."""
        return _(self.value)


_NAMES = {
    Kind.ID: "id topicid 主题id 话题id 标识 标识符 唯一标识",
    Kind.TITLE: (
        "标题 主题 话题 题目 知识标题 知识点 知识点名称 主题名称 名称 topic topics title topictitle topicname name"
    ),
    Kind.STANDARD: "标准问 标准问题 标准问法 标准问句 主问题 standardquestion mainquestion",
    Kind.QUESTION: (
        "问题 问法 问句 提问 问 说法 例句 语料 用户问题 用户问法 用户提问 客户问题 常见问题 q question questions post "
        "posts utterance utterances phrasing phrasings query queries example examples"
    ),
    Kind.SIMILAR: (
        "相似问 相似问题 相似问法 相似问句 相似说法 扩展问 扩展问题 扩展问法 同义问 同义问法 其他问法 更多问法 similar "
        "similarquestion similarquestions variant variants paraphrase paraphrases"
    ),
    Kind.ANSWER: (
        "答案 回答 回复 答复 应答 答 标准答案 标准回答 标准回复 答案内容 回答内容 回复内容 a answer answers resp "
        "response responses reply replies"
    ),
    Kind.CATEGORY: "分类 类别 类目 栏目 业务分类 问题分类 所属分类 category categories",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}
QUESTIONS = frozenset({Kind.STANDARD, Kind.QUESTION, Kind.SIMILAR})
_NAMED = frozenset({Kind.ID, Kind.TITLE, Kind.CATEGORY}) | QUESTIONS
_CONTENT = frozenset({Kind.ANSWER}) | QUESTIONS


@dataclass(frozen=True)
class Column:
    """A column: its position from 1, its heading as it stands, and what its cells are."""

    number: int
    heading: str
    kind: Kind

    @property
    def letter(self) -> str:
        """As spreadsheets name it: A, B, ... Z, AA."""
        letters, number = "", self.number
        while number:
            number, digit = divmod(number - 1, 26)
            letters = chr(ord("A") + digit) + letters
        return letters


def kind_of(heading: str) -> Kind | None:
    """What a heading announces; case, width, spaces, marks, remarks in brackets and final numbers do not matter."""
    name = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", normalize(heading))
    name = re.sub(r"[\W_]+", "", name)
    return _KINDS.get(name) or _KINDS.get(re.sub(r"(\d+|[一二三四五六七八九十]+)$", "", name))


def columns_of(headings: Mapping[int, str]) -> list[Column]:
    """The columns of a row of headings; empty where the row is none.

    It is one where something says what a topic is asked or called, and another column what it is asked or answered.
    """
    found = ((number, heading, kind_of(heading)) for number, heading in sorted(headings.items()))
    columns = [Column(number, " ".join(heading.split()), kind) for number, heading, kind in found if kind]
    kinds = {column.kind for column in columns}
    return columns if len(columns) > 1 and kinds & _NAMED and kinds & _CONTENT else []


def title_column(columns: list[Column]) -> Column | None:
    """The column that names the topic, or else the one of the question that does.

    A category names the topic only where nothing else could: elsewhere many topics share one.
    """
    for kind in (Kind.TITLE, Kind.STANDARD, Kind.QUESTION, Kind.CATEGORY, Kind.SIMILAR):
        for column in columns:
            if column.kind is kind:
                return column
    return None
