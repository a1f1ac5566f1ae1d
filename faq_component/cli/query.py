"""``faq search`` and ``faq ask``: what the bot would find, and what it would say."""

from __future__ import annotations

import argparse
import json
from typing import Any

from rich.markup import escape
from rich.table import Table

from faq_component.assistant.answer import Answer, hit_to_json
from faq_component.assistant.assistant import Assistant
from faq_component.assistant.explanation import Explanation
from faq_component.cli.console import OUT, add_settings_flags, say, settings_of
from faq_component.knowledge.responses import response_to_json
from faq_component.knowledge.store import open_store
from faq_component.language import _
from faq_component.usage.figure_tables import outcome_names


def add_commands(commands: Any) -> None:
    """Register the commands."""
    search = commands.add_parser("search", help=_("show the topics nearest to a question, with their scores"))
    search.add_argument("question")
    search.add_argument("--top-k", type=int, help=_("number of topics to show"))
    _add_tag_flag(search)
    add_settings_flags(search)
    search.set_defaults(run=_search)
    ask = commands.add_parser("ask", help=_("show what the bot would answer"))
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help=_("print JSON"))
    ask.add_argument("--explain", action="store_true", help=_("say why: scores, bounds, and what turned the decision"))
    ask.add_argument("--after", metavar="TOPIC", help=_("id of the topic that was answered before, for follow-ups"))
    ask.add_argument("--seed", type=int, help=_("make the draw of the response repeatable"))
    _add_tag_flag(ask)
    add_settings_flags(ask)
    ask.set_defaults(run=_ask)


def _add_tag_flag(parser: argparse.ArgumentParser) -> None:
    help_text = _("only topics with this tag; given several times, with any of them")
    parser.add_argument("--tag", action="append", metavar="TAG", help=help_text)


def _search(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments).override(top_k=arguments.top_k)
    faq = open_store(settings.faq).load()
    table = Table(_("score"), _("topic"), _("title"), _("nearest post"))
    for hit in Assistant.over(faq, settings).search(arguments.question, scope=arguments.tag):
        table.add_row(f"{hit.score:.3f}", *map(escape, (hit.topic_id, faq.by_id[hit.topic_id].title, hit.post)))
    OUT.print(table)
    return 0


def _ask(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments).override(seed=arguments.seed)
    assistant = Assistant.over(open_store(settings.faq).load(), settings)
    asked = {"after": arguments.after, "scope": arguments.tag}
    why: Explanation | None = None
    if arguments.explain:
        answer, why = assistant.answer_explained(arguments.question, **asked)
    else:
        answer = assistant.answer(arguments.question, **asked)
    if arguments.json:
        hits = [hit_to_json(hit, answer.faq) for hit in answer.hits]
        values = {**answer.to_json(), "hits": hits, **({"why": why.to_json()} if why else {})}
        say(json.dumps(values, ensure_ascii=False, indent=2))
        return 0
    say(_shown(response_to_json(answer.response)))
    if answer.handoff:
        say(_("(then handed over to a person)") if settings.handover else _("(no person: `handover` is off)"))
    for number, topic in enumerate(answer.choices, 1):
        say(f"  {number}. {topic.title}")
    for lead in answer.leads.all:
        say(f"  → {lead.title}")
    if why:
        _say_why(why, answer)
    return 0


def _say_why(why: Explanation, answer: Answer) -> None:
    outcome = outcome_names()[answer.outcome.value]
    say(_("{outcome}, {confidence:.3f} sure").format(outcome=outcome, confidence=answer.confidence))
    for reason in why.reasons:
        say(f"  {_(reason.value)}")
    bounds = _("answers from {answer:.3f} on, asks back from {ask:.3f} on; topics searched: {count:,}")
    say("  " + bounds.format(answer=why.answer_from, ask=why.ask_from, count=why.searched))
    if len(why.segments) > 1:
        said = _("searched in {count} segments; decided on: {segment}")
        say("  " + said.format(count=len(why.segments), segment=why.decided_on))
    names_of_parts = [_("score"), _("meaning"), _("words"), _("overlap"), _("classifier"), _("answers")]
    table = Table(*names_of_parts, _("topic"), _("nearest post"))
    for one in why.hits:
        parts = [None] * (len(names_of_parts) - 1) if one.parts is None else list(vars(one.parts).values())
        cells = ["" if part is None else f"{part:.3f}" for part in parts]
        table.add_row(f"{one.hit.score:.3f}", *cells, escape(one.hit.topic_id), escape(one.hit.post))
    OUT.print(table)


def _shown(response: Any) -> str:
    """A response as lines of a terminal."""
    if not isinstance(response, dict):
        return response or ""
    buttons = [f"[{button['title']}]" for button in response.get("buttons", [])]
    lines = [*(response.get(key, "") for key in ("text", "image", "attachment")), " ".join(buttons)]
    return "\n".join(line for line in lines if line) or json.dumps(response, ensure_ascii=False)
