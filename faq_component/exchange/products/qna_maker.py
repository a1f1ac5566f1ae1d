"""QnA Maker and Azure's question answering: ``qnaDocuments``, ``qnaList`` or ``Assets.Qnas`` with a list of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def objects_of(content: Any) -> list[dict[str, Any]] | None:
    """The questions and answers; None where the value is no export of QnA Maker."""
    if not isinstance(content, dict):
        return None
    assets = content.get("Assets")
    items = content.get("qnaDocuments") or content.get("qnaList")
    items = items or (assets.get("Qnas") if isinstance(assets, dict) else None)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    lowered = [{key.lower(): value for key, value in item.items()} for item in items]
    asked = {str(item.get("id")): text for item in lowered if (text := _first_text(item.get("questions")))}
    return [_object(item, asked) for item in lowered]


def _first_text(questions: Any) -> str:
    first = questions[0] if isinstance(questions, list) and questions else questions
    return first if isinstance(first, str) else ""


def _object(item: dict[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "number of the topic": item.get("id"),
        "question": item.get("questions"),
        "answer": item.get("answer"),
    }
    if metadata := item.get("metadata"):
        pairs = metadata.items() if isinstance(metadata, dict) else ((e.get("name"), e.get("value")) for e in metadata)
        found["tags"] = [str(value) for _name, value in pairs if value]
    dialog = item.get("context") or item.get("dialog") or {}
    for prompt in (dialog.get("prompts") or []) if isinstance(dialog, dict) else []:
        title, target = str(prompt.get("displayText") or ""), str(prompt.get("qnaId"))
        if target in asked and target != str(item.get("id")):
            found.setdefault("follow-up topics", []).append({"topic": asked[target], "title": title})
        else:
            found["prompts"] = "; ".join(filter(None, (found.get("prompts", ""), title)))
    return found
