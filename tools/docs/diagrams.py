"""The two diagrams of the concepts, drawn as SVG in the colours of the page, in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 640
_LINE = 19  # pixels between the lines of a box
_TITLE = 24
_GAP = 34  # between boxes, for the arrow and its words


@dataclass(frozen=True)
class Box:
    """A step: a title, and lines that say more.

    `sides` are boxes beside each other that follow from this one, each with the word on its arrow.
    """

    title: str
    lines: Sequence[str] = ()
    lane: str = ""  # the process that does it
    arrow: str = ""  # words on the arrow to the next box
    sides: Sequence[tuple[str, str]] = ()


def _text(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _arrow(x: float, top: float, bottom: float) -> str:
    return (
        f'<path d="M{x:g} {top:g}V{bottom - 6:g}" class="edge"/>'
        f'<path d="M{x - 5:g} {bottom - 8:g}L{x:g} {bottom:g}L{x + 5:g} {bottom - 8:g}Z" class="head"/>'
    )


def draw(label: str, boxes: Sequence[Box]) -> str:
    """Return a figure with the steps from top to bottom."""
    parts, y, middle = [], 4.0, _WIDTH / 2
    for index, box in enumerate(boxes):
        height = _TITLE + 14 + _LINE * len(box.lines)
        parts.append(f'<rect x="60" y="{y:g}" width="{_WIDTH - 120}" height="{height}" rx="8" class="box"/>')
        if box.lane:
            parts.append(_text(72, y + 17, box.lane, "lane", "start"))
        parts.append(_text(middle, y + 24, box.title, "title"))
        parts += [_text(middle, y + 24 + _LINE * (row + 1), line, "line") for row, line in enumerate(box.lines)]
        y += height
        if box.sides:
            y = _draw_sides(parts, y, box.sides)
        if index + 1 < len(boxes):
            parts.append(_arrow(middle, y, y + _GAP))
            if box.arrow:
                parts.append(_text(middle + 12, y + 21, box.arrow, "word", "start"))
            y += _GAP
    height = y + 4
    return (
        f'<figure class="diagram" data-search-exclude><svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg></figure>"
    )


def _draw_sides(parts: list[str], y: float, sides: Sequence[tuple[str, str]]) -> float:
    """Draw boxes beside each other below y; returns where they end."""
    width = (_WIDTH - 120 - 12 * (len(sides) - 1)) / len(sides)
    for index, (title, line) in enumerate(sides):
        left = 60 + index * (width + 12)
        parts.append(_arrow(left + width / 2, y, y + 24))
        parts.append(f'<rect x="{left:g}" y="{y + 24:g}" width="{width:g}" height="52" rx="8" class="box side"/>')
        parts.append(_text(left + width / 2, y + 45, title, "title"))
        parts.append(_text(left + width / 2, y + 64, line, "line"))
    return y + 76


def message(language: str) -> str:
    """The life of a message."""
    if language == "zh":
        return draw(
            "一句话从用户到回答的过程",
            (
                Box("用户的话", ("经由网页、微信、REST……",), arrow="每个通道核对签名，一句只处理一次"),
                Box("分词、特征、意图", ("SentenceFeaturizer：一个向量，意图分类和问答共用",), "Rasa"),
                Box("是在回答反问吗？", ("“2”“第二个”“发货前”“都不是”：在检索之前判断",), "Rasa", "不是：照常当作问题"),
                Box("检索", ("意思（编码器）＋字词（BM25）＋分类器", "一次得到最接近的主题和分数"), "Rasa"),
                Box(
                    "决定",
                    ("置信度、小词、兄弟主题；长消息再分段",),
                    "Rasa",
                    sides=(("回答", "把握够大"), ("反问", "差不多近"), ("不答", "都不近")),
                    arrow="意图和问答都想要时，由一条规则决定",
                ),
                Box("规则和表单", ("问题答完，表单继续",), "Rasa", "结果连同问答的版本号"),
                Box("说什么", ("从同一版问答里抽一个回答；通道和条件也算在内",), "动作服务器", "记一行日志，已打码"),
                Box("用户看到回答、按钮或图片"),
            ),
        )
    return draw(
        "The way of a message from the user to the answer",
        (
            Box("A user's message", ("from the web chat, WeChat, Slack, REST ...",), arrow="each is verified, and handled once"),
            Box("Tokens, features, intent", ("SentenceFeaturizer: one vector for intents and FAQ",), "Rasa"),
            Box("The answer to a clarifying question?", ("“2”, “第二个”, a part of a title: read before retrieval",), "Rasa", "no: an ordinary question"),
            Box("Retrieval", ("meaning (encoder) + words (BM25) + classifier", "the nearest topics with their scores"), "Rasa"),
            Box(
                "Decision",
                ("confidence, small words, siblings; long messages in segments",),
                "Rasa",
                sides=(("answer", "sure enough"), ("clarify", "several are near"), ("reject", "none is near")),
                arrow="where an intent claims it too, one rule decides",
            ),
            Box("Rules and forms", ("a question inside a form is answered, then the form goes on",), "Rasa", "the result, with the version of the FAQ"),
            Box("What to say", ("draws a response of that version, for this channel",), "action server", "a line of the log, masked"),
            Box("The user reads an answer, buttons or a picture"),
        ),
    )


def edit(language: str) -> str:
    """The life of an edit."""
    if language == "zh":
        return draw(
            "一次改动从编辑到生效的过程",
            (
                Box("改动", ("编辑器、faq import、faq review、faq undo",), arrow="写成一步：文件或一次事务"),
                Box("发现", ("每个进程每 0.5 秒问一次“变了吗”（reload_seconds）",), "Rasa、动作服务器、faq serve"),
                Box(
                    "检查",
                    ("一次找出所有错误，带文件、行号、主题",),
                    sides=(("没有错误", "换到新版"), ("有错误", "旧版照常回答，faq status 列出")),
                    arrow="新版",
                ),
                Box("编码", ("只编码新的内容，其余取自缓存",), arrow="其间旧版照常回答"),
                Box("拟合或取先验", ("置信度按新的主题决定；几秒，结果留存",)),
                Box("切换", ("一条消息从头到尾只用一个版本",), arrow="各进程报告自己的版本"),
                Box("动作服务器按决定时的版本回答"),
            ),
        )
    return draw(
        "The way of an edit until it is live",
        (
            Box("An edit", ("an editor, faq import, faq review, faq undo",), arrow="one step: files, or a transaction"),
            Box("Noticed", ("each process looks for changes every 0.5 s (reload_seconds)",), "Rasa, actions, faq serve"),
            Box(
                "Checked",
                ("all faults at once, by file, line and topic",),
                sides=(("no fault", "the new version is prepared"), ("a fault", "the old one goes on; faq status")),
                arrow="new version",
            ),
            Box("Encoded", ("new posts only; all other vectors are cached",), arrow="the old version answers meanwhile"),
            Box("Prior or fit", ("the confidence for these topics; seconds, and kept",)),
            Box("Switched", ("one version handles a message throughout",), arrow="each process reports its version"),
            Box("The action server answers from the version that decided"),
        ),
    )


DIAGRAMS: dict[str, Callable[[str], str]] = {"message": message, "edit": edit}
