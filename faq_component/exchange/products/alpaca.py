"""Alpaca: ``[{"instruction": ..., "input": ..., "output": ...}]``."""

from __future__ import annotations

from typing import Any


def objects_of(content: Any) -> list[dict[str, Any]] | None:
    """The instructions, with their inputs, as questions; None where the value is no list of this form."""
    if not isinstance(content, list) or not content:
        return None
    if not all(isinstance(item, dict) and {"instruction", "output"} <= item.keys() for item in content):
        return None
    return [
        {
            "question": "\n".join(str(text) for text in (item["instruction"], item.get("input")) if text),
            "answer": item["output"],
            **{key: value for key, value in item.items() if key not in ("instruction", "input", "output")},
        }
        for item in content
    ]
