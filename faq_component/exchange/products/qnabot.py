"""QnABot on AWS: ``{"qna": [{"qid": ..., "q": [...], "a": ..., "alt": {...}}]}``."""

from __future__ import annotations

from typing import Any


def objects_of(content: Any) -> list[dict[str, Any]] | None:
    """The questions and answers; None where the value is no export of QnABot."""
    items = content.get("qna") if isinstance(content, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) and "qid" in item for item in items):
        return None
    return [
        {
            "number of the topic": item["qid"],
            "question": item.get("q"),
            "answer": item.get("a"),
            **({"alt": _kinds(item["alt"])} if item.get("alt") else {}),
            **({"tags": str(item["tags"]).split()} if item.get("tags") else {}),
        }
        for item in items
    ]


def _kinds(alternatives: Any) -> str:
    return ", ".join(alternatives) if isinstance(alternatives, dict) else str(alternatives)
