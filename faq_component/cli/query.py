"""``faq search`` and ``faq ask``: what the bot would find, and what it would say."""

from __future__ import annotations

import argparse
import json
import random
from typing import Any

from rich.markup import escape
from rich.table import Table

from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_rule
from faq_component.assistant.find import find
from faq_component.cli.console import OUT, add_settings_flags, say, settings_of
from faq_component.decision.confidence import DEPTH
from faq_component.dialogue.voice import read_voice
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.drawing import draw_response
from faq_component.knowledge.responses import response_to_json
from faq_component.knowledge.store import open_store
from faq_component.settings import Settings
from faq_component.types import Hit, Outcome


def add_commands(commands: Any) -> None:
    """Register the commands."""
    search = commands.add_parser("search", help="the topics nearest to a question, with their scores")
    search.add_argument("question")
    search.add_argument("--top-k", type=int, help="how many topics")
    add_settings_flags(search)
    search.set_defaults(run=_search)
    ask = commands.add_parser("ask", help="what the bot would do with a question")
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help="print JSON")
    ask.add_argument("--seed", type=int, help="make the draw of the response repeatable")
    add_settings_flags(ask)
    ask.set_defaults(run=_ask)


def _search(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments).override(top_k=arguments.top_k)
    faq = open_store(settings.faq).load()
    table = Table("score", "topic", "title", "nearest post")
    for hit in build_retriever(settings, faq).search(arguments.question, settings.top_k):
        table.add_row(f"{hit.score:.3f}", *map(escape, (hit.topic_id, faq.by_id[hit.topic_id].title, hit.post)))
    OUT.print(table)
    return 0


def _ask(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments).override(seed=arguments.seed)
    result = ask(settings, open_store(settings.faq).load(), arguments.question)
    if arguments.json:
        say(json.dumps(result, ensure_ascii=False, indent=2))
        return 0
    say(_shown(result["response"]) or read_voice(settings.voice).first("utter_unknown"))
    if result["outcome"] == Outcome.CLARIFY:
        for number, hit in enumerate(result["hits"], 1):
            say(f"  {number}. {hit['title']}")
    return 0


def _shown(response: Any) -> str:
    """A response as lines of a terminal."""
    if not isinstance(response, dict):
        return response or ""
    buttons = [f"[{button['title']}]" for button in response.get("buttons", [])]
    lines = [*(response.get(key, "") for key in ("text", "image", "attachment")), " ".join(buttons)]
    return "\n".join(line for line in lines if line) or json.dumps(response, ensure_ascii=False)


def ask(settings: Settings, faq: Faq, question: str) -> dict[str, Any]:
    """The decision on a question, and a response where it is ANSWER, as JSON values.

    `hits` are what was recalled (`find`); `topic` and `title` are null unless the question is answered.
    """
    retriever, rule = build_retriever(settings, faq), build_rule(settings, faq)
    hits, decision = find(retriever, rule, question, max(settings.top_k, DEPTH))
    topic = faq.by_id[decision.hits[0].topic_id] if decision.outcome is Outcome.ANSWER else None
    draw = random.Random(settings.seed)  # noqa: S311 (which answer is given is no secret)
    shown = decision.hits if decision.outcome is Outcome.CLARIFY else hits
    response = draw_response(topic, draw) if topic else None
    answer = response_to_json(response) if response is not None else None
    return {
        "outcome": decision.outcome.value,
        "topic": topic.id if topic else None,
        "title": topic.title if topic else None,
        "confidence": round(decision.confidence, 4),
        "response": read_voice(settings.voice).first("ask_back") if decision.outcome is Outcome.CLARIFY else answer,
        "hits": [_hit(faq, hit) for hit in shown],
    }


def _hit(faq: Faq, hit: Hit) -> dict[str, Any]:
    return {
        "topic": hit.topic_id,
        "title": faq.by_id[hit.topic_id].title,
        "post": hit.post,
        "score": round(hit.score, 4),
    }
