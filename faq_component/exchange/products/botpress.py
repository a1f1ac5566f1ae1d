"""Botpress 12: ``{"qnas": [{"id": ..., "data": {"questions": {"zh": [...]}, "answers": {"zh": [...]}}}]}``."""

from __future__ import annotations

from typing import Any


def objects_of(content: Any) -> list[dict[str, Any]] | None:
    """The questions and answers, of all languages together; None where the value is no export of Botpress."""
    items = content.get("qnas") if isinstance(content, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) and "data" in item for item in items):
        return None
    found = []
    for item in items:
        data = item["data"] if isinstance(item["data"], dict) else {}
        contexts = data.get("contexts") or []
        found.append(
            {
                "number of the topic": item.get("id"),
                "question": _of_all_languages(data.get("questions")),
                "answer": _of_all_languages(data.get("answers")),
                "tags": [tag for tag in contexts if tag != "global"],
                "enabled": str(data.get("enabled", True)),
            }
        )
    return found


def _of_all_languages(texts: Any) -> Any:
    if not isinstance(texts, dict):
        return texts
    return [text for of_one in texts.values() for text in (of_one if isinstance(of_one, list) else [of_one])]
