"""Cells that say yes or no, or name a moment, as people and platforms write them."""

from __future__ import annotations

import re

from faq_component.knowledge.options import moment_fault
from faq_component.text import normalize

_YES_WORDS = """
    是 1 true yes y t on √ 对 启用 已启用 启用中 有效 生效 已生效 生效中 上线 已上线 上架 已上架 开启 已开启 正常 已发布
    发布 使用中 在用 enabled enable active live published
"""
_NO_WORDS = """
    否 0 false no n f off × x 停用 已停用 禁用 已禁用 无效 失效 已失效 下线 已下线 下架 已下架 关闭 已关闭 草稿 未发布
    未启用 不启用 未生效 未上线 已过期 过期 废弃 作废 已作废 暂停 disabled disable inactive draft
    unpublished archived expired
"""
_OPEN_WORDS = "永久 长期 长期有效 永久有效 不限 无 无限期 / - — forever never none n/a"
_YES, _NO, _OPEN = (frozenset(words.split()) for words in (_YES_WORDS, _NO_WORDS, _OPEN_WORDS))
_LONGEST = 100  # characters of a cell with a moment
_DATE = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"(?:[T\s]*(?P<hour>\d{1,2})\s*[:时]\s*(?P<minute>\d{1,2})分?(?::(?P<second>\d{1,2}))?(?:\.\d+)?秒?"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE,
)


def read_flag(text: str) -> bool | None:
    """Whether a cell says yes or no; None where it says something else."""
    said = normalize(text)
    return True if said in _YES else False if said in _NO else None


def read_moment(text: str) -> str | None:
    """A moment in the form of an FAQ file, empty for an open end; None where the cell names none."""
    said = normalize(text[: _LONGEST + 1])
    if said in _OPEN:
        return ""
    match = _DATE.fullmatch(said.upper())
    if not match or len(text) > _LONGEST:
        return None
    moment = f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    if match["hour"]:
        moment += f"T{int(match['hour']):02}:{int(match['minute']):02}"
        moment += f":{int(match['second']):02}" if match["second"] else ""
        zone = match["zone"] or ""
        moment += zone if zone in ("", "Z") or ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return None if moment_fault(moment) else moment


def read_period(text: str) -> tuple[str, str] | None:
    """The two moments of a cell such as 2026-11-01至2026-11-11, or the end alone; None where it names none."""
    if len(text) > 2 * _LONGEST:
        return None
    parts = re.split(r"\s*(?:至|到|~|～|—+|--|\bto\b)\s*", text.strip())
    moments = [read_moment(part) if part else "" for part in parts]
    if len(moments) > 2 or None in moments:
        return None
    start, until = ["", *moments][-2:]
    return start or "", until or ""
