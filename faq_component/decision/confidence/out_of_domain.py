"""Messages from many domains that an FAQ rarely covers, written for this purpose, in Chinese and English."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


def out_of_domain_sentences() -> list[str]:
    """Return short messages."""
    return [*_lines("out_of_domain.txt"), *_lines("out_of_domain_en.txt")]


def out_of_domain_messages() -> list[str]:
    """Return long messages, most with a story around the question."""
    return [*_lines("out_of_domain_long.txt"), *_lines("out_of_domain_long_en.txt")]


@lru_cache
def _lines(name: str) -> tuple[str, ...]:
    return tuple(line for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines() if line)
