"""What a column holds, by its heading in Chinese, simplified or traditional, or in English."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from types import MappingProxyType

from faq_component.exchange.separators import without_announcement
from faq_component.language import N_, _
from faq_component.text import normalize


class Kind(Enum):
    """What the cells of a column are; the value is its English heading."""

    ID = "id"
    KEY = N_("number of the topic")
    TITLE = N_("title")
    STANDARD = N_("standard question")
    QUESTION = N_("question")
    SIMILAR = N_("similar question")
    ANSWER = N_("answer")
    CATEGORY = N_("category")
    TAGS = N_("tags")
    ENABLED = N_("enabled")
    DISABLED = N_("disabled")
    STATUS = N_("status")
    FROM = N_("valid from")
    UNTIL = N_("valid until")
    VALID = N_("validity")
    RELATED = N_("related topics")
    FOLLOW = N_("follow-up topics")
    NOT = N_("must not match")
    RECOMMEND = N_("recommended")
    HANDOFF = N_("hand over")

    @property
    def heading(self) -> str:
        """The heading of such a column, in the language spoken."""
        return _(self.value)


# As normalised, without spaces and marks, in simplified characters.
_NAMES = {
    Kind.ID: "id topicid 主题id 话题id 标识 标识符 唯一标识",
    Kind.KEY: (
        "numberofthetopic 主题编号 qnaid faqid questionid 知识id 问题id 问答id 知识编号 问题编号 问答编号 faq编号"
    ),
    Kind.TITLE: (
        "标题 主题 话题 题目 知识标题 知识点 知识点名称 主题名称 名称 分段标题 topic topics title topictitle topicname "
        "name"
    ),
    Kind.STANDARD: "标准问 标准问题 标准问法 标准问句 主问题 主问法 standardquestion mainquestion primaryquestion",
    Kind.QUESTION: (
        "问题 问法 问句 提问 问 说法 例句 语料 疑问 咨询 咨询问题 题干 faq q question questions post posts utterance "
        "utterances phrasing phrasings query queries example examples instruction"
    ),
    Kind.SIMILAR: (
        "相似问 相似问题 相似问法 相似问句 相似说法 扩展问 扩展问题 扩展问法 拓展问 拓展问题 拓展问法 同义问 同义问题 "
        "同义问法 同义句 其他问法 其它问法 更多问法 补充问法 补充用户问法 补充问题 近似问 近似问题 类似问题 类似问法 "
        "索引 similar similarquestion similarquestions variant variants paraphrase paraphrases alternative "
        "alternatives alternativequestion alternativequestions alternatephrasing alternatephrasings altquestion "
        "altquestions indexes synonymousquestions"
    ),
    Kind.ANSWER: (
        "答案 回答 回复 答复 应答 解答 答 回应 话术 复 分段内容 a answer answers resp response responses reply replies "
        "solution output completion"
    ),
    Kind.CATEGORY: (
        "分类 类别 类目 类型 栏目 目录 模块 场景 业务 业务线 产品 产品线 产品名称 专题 领域 技能 技能名称 意图分类 "
        "category categories subcategory section product module scenario"
    ),
    Kind.TAGS: "标签 标记 tag tags label labels",
    Kind.ENABLED: (
        "启用 启用状态 生效 上架 有效 是否启用 是否生效 是否上架 是否有效 是否上线 enabled isenabled active isactive"
    ),
    Kind.DISABLED: "停用 禁用 失效 下架 是否停用 是否禁用 是否失效 是否下架 disabled isdisabled inactive",
    Kind.STATUS: "状态 知识状态 发布状态 上线状态 status state",
    Kind.FROM: (
        "生效时间 生效日期 开始时间 开始日期 上线时间 上线日期 有效期开始 有效期起 生效开始时间 validfrom startdate "
        "starttime effectivedate effectivefrom"
    ),
    Kind.UNTIL: (
        "失效时间 失效日期 结束时间 结束日期 过期时间 过期日期 到期时间 到期日期 截止时间 截止日期 下线时间 下线日期 "
        "有效期至 有效期止 有效期结束 有效至 生效结束时间 validuntil validto enddate endtime expires "
        "expiry expirydate expirationdate"
    ),
    Kind.VALID: "有效期 有效时间 有效期限 生效期间 有效期间 validity validperiod",
    Kind.RELATED: (
        "相关主题 相关问题 相关知识 相关问 关联主题 关联问题 关联知识 关联问 related relatedtopic relatedtopics "
        "relatedquestion relatedquestions"
    ),
    Kind.FOLLOW: (
        "后续主题 后续问题 追问 引导问题 引导按钮 多轮问题 follow followup followups followuptopic followuptopics "
        "followupquestion followupquestions followupprompt followupprompts"
    ),
    Kind.NOT: (
        "反例 反例问法 反例问题 排除问法 排除问题 不匹配 不应匹配 mustnotmatch not negative negatives negativeexample "
        "negativeexamples negativequestion negativequestions counterexample counterexamples"
    ),
    Kind.RECOMMEND: "推荐 是否推荐 开场推荐 推荐展示 recommend recommended isrecommended",
    Kind.HANDOFF: "转人工 是否转人工 转接人工 handoff handover",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}
# Words that may stand before and after a name without changing what it says: 用户问, 客服答, 常见问题描述, 回复话术.
_BEFORE = re.compile(
    "^(?:用户|客户|顾客|访客|学员|会员|常见|常用|高频|热门|标准|参考|推荐|建议|机器人|客服|人工|坐席|bot|系统|统一|官方|正确|"
    "知识|业务|所属|原始|具体|核心|一级|二级|三级|主要|user|customer|agent|reference|faq|standard|common|the)+"
)
_AFTER = re.compile(r"(?:内容|描述|列表|文本|详情|名称|话术|说明|正文|语句|text|content|s|list)+$")
_LONGEST = 200  # characters of a heading that may say what a column is
_FINAL_NUMBER = re.compile(r"(\d+|[一二三四五六七八九十]+)$")
_AFFIXED = frozenset({Kind.QUESTION, Kind.STANDARD, Kind.SIMILAR, Kind.ANSWER, Kind.CATEGORY, Kind.TAGS})
# A heading that speaks of questions or answers, although its column is not known.
_LIKE = re.compile(
    "问|题|答|回复|话术|内容|分类|关键|备注|序号|编号|日期|时间|question|answer|reply|response|topic|note"
)
QUESTIONS = (Kind.STANDARD, Kind.QUESTION, Kind.SIMILAR)  # in the order in which they name a topic
_NAMED = frozenset({Kind.ID, Kind.TITLE, Kind.CATEGORY, *QUESTIONS})
_CONTENT = frozenset({Kind.ANSWER, *QUESTIONS})

Chosen = Mapping[str, Kind | None]
"""What the user says that columns are, by `heading_key`; None for one that is not to be read."""


@dataclass(frozen=True)
class Column:
    """A column: its position from 1, its heading as it stands, what its cells are, and whether the user said so."""

    number: int
    heading: str
    kind: Kind
    chosen: bool = False

    @property
    def letter(self) -> str:
        """As spreadsheets name it: A, B, ... Z, AA."""
        return letter_of(self.number)


def letter_of(number: int) -> str:
    """The letters of a column: A, B, ... Z, AA."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


@lru_cache(maxsize=32_768)  # each is compared several times
def heading_key(heading: str) -> str:
    """A heading as headings are compared: without case, width, spaces, marks, and remarks in brackets."""
    name = normalize(heading)
    if len(name) > _LONGEST:
        return name
    bare = re.sub(r"[\W_]+", "", re.sub(r"\(.*?\)|\[.*?\]|【.*?】|<.*?>", "", name))
    return bare or re.sub(r"[\W_]+", "", name)


@lru_cache(maxsize=32_768)
def kind_of(heading: str) -> Kind | None:
    """What a heading announces; traditional characters are simplified, and final numbers do not matter."""
    name, bare = heading_key(heading), heading_key(without_announcement(heading))
    for known in dict.fromkeys((name, _simplified(name), bare, _simplified(bare))):
        if kind := _kind_of(known):
            return kind
    return None


def _kind_of(name: str) -> Kind | None:
    if len(name) > _LONGEST:
        return None
    numbered = _FINAL_NUMBER.sub("", name)
    if kind := _KINDS.get(name) or _KINDS.get(numbered):
        return kind
    before = _BEFORE.match(numbered)
    cores = [numbered[before.end() :]] if before else []
    cores += [_AFTER.sub("", text) for text in (numbered, *cores)]
    kinds = (_KINDS.get(_FINAL_NUMBER.sub("", core)) for core in cores)
    return next((kind for kind in kinds if kind in _AFFIXED), None)


def is_like_heading(text: str) -> bool:
    """Whether a cell looks like a heading, known or not: short, and of the words that headings are made of."""
    return (
        len(text) <= 24
        and not re.search(r"[?？。！!]", text)
        and _LIKE.search(_simplified(normalize(text))) is not None
    )


def columns_of(headings: Mapping[int, str], chosen: Chosen = MappingProxyType({})) -> list[Column]:
    """The columns of a row of headings; empty where the row is none.

    It is one where something says what a topic is asked or called, and another column what it is asked or answered.
    """
    columns = []
    for number, heading in sorted(headings.items()):
        is_chosen = bool(heading.strip()) and heading_key(heading) in chosen
        if kind := chosen[heading_key(heading)] if is_chosen else kind_of(heading):
            columns.append(Column(number, " ".join(heading.split()), kind, chosen=is_chosen))
    return columns if is_enough({column.kind for column in columns}) else []


def is_enough(kinds: Collection[Kind]) -> bool:
    """Whether columns of these kinds say what a topic is asked or called, and what it is asked or answered."""
    return len(kinds) > 1 and not _NAMED.isdisjoint(kinds) and not _CONTENT.isdisjoint(kinds)


@cache
def _simplified(text: str) -> str:
    if text.isascii():
        return text
    from opencc import OpenCC

    simplified: str = OpenCC("t2s").convert(text)
    return simplified
