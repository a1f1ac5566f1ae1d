"""``faq review``: questions that the bot did not answer well, and what is to become of them."""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_encoders import build_query_encoder
from faq_component.cli.console import ERRORS, progress, say, settings_of
from faq_component.cli.review_session import ReviewSession
from faq_component.cli.usage import add_log_flags, log_of
from faq_component.decision.confidence import DEPTH
from faq_component.errors import FaqError
from faq_component.knowledge import counts
from faq_component.knowledge.store import FaqStore, open_store
from faq_component.language import _, listed, ngettext
from faq_component.settings import RETRIEVERS
from faq_component.usage.clusters import MOST_QUESTIONS, Cluster, make_clusters
from faq_component.usage.log import UsageLog
from faq_component.usage.questions import open_questions
from faq_component.usage.resolve import Action, resolve
from faq_component.usage.sheet import write_sheet
from faq_component.usage.sheet_reader import read_sheet


def add_commands(commands: Any) -> None:
    """Register the command."""
    review = commands.add_parser("review", help=_("turn questions that were not answered well into posts or topics"))
    way = review.add_mutually_exclusive_group()
    way.add_argument("--export", metavar="XLSX", help=_("write them to an Excel file, to be filled in"))
    way.add_argument("--import", metavar="XLSX", dest="filled", help=_("read the decisions of a filled-in Excel file"))
    way.add_argument("--json", action="store_true", help=_("print them as JSON"))
    add_log_flags(review)
    review.add_argument("--retriever", choices=RETRIEVERS, help=_("how the nearest topics are found"))
    review.set_defaults(run=_review)


def _review(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    log, store = log_of(arguments, settings), open_store(settings.faq)
    if arguments.filled:
        return _import(Path(arguments.filled), store, log)
    if arguments.export and Path(arguments.export).exists():
        raise FaqError(
            _(
                "{file} is there already, perhaps with decisions filled in; import it, remove it, or name another file"
            ).format(file=arguments.export)
        )
    faq = store.load()
    assistant = Assistant.over(faq, settings)
    clusters = _clusters(assistant, log)
    if arguments.json:
        say(json.dumps([_as_json(cluster) for cluster in clusters], ensure_ascii=False, indent=2))
    elif not clusters:
        say(_("{file}: nothing to review").format(file=log.file))
    elif arguments.export:
        write_sheet(Path(arguments.export), clusters, faq)
        say(
            ngettext(
                "{file}: {count} cluster; fill in the column 'action', then run `faq review --import {file}`",
                "{file}: {count} clusters; fill in the column 'action', then run `faq review --import {file}`",
                len(clusters),
            ).format(file=arguments.export, count=len(clusters))
        )
    else:
        ReviewSession(clusters, store, log, assistant, who=reviewer()).run()
    return 0


def reviewer() -> str:
    """The author of the edits: the user of this machine, where it has a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have none
        return "faq review"


def _clusters(assistant: Assistant, log: UsageLog) -> list[Cluster]:
    faq, settings = assistant.faq, assistant.settings
    questions = open_questions(log.events(), faq)
    if len(questions) > MOST_QUESTIONS:
        say(
            _("of {count} questions, the {most} most frequent are shown").format(
                count=len(questions), most=MOST_QUESTIONS
            ),
            ERRORS,
        )

    def search(text: str) -> Sequence[Any]:
        return assistant.search(text, max(settings.top_k, DEPTH))

    return make_clusters(questions, build_query_encoder(settings), search, faq, progress(_("comparing the questions")))


def _import(path: Path, store: FaqStore, log: UsageLog) -> int:
    resolutions = read_sheet(path, store.load())
    if not resolutions:
        say(_("{path}: no row has an action; nothing was changed").format(path=path))
        return 0
    resolve(resolutions, store, log, who=reviewer())
    for action in Action:
        rows = [item for item in resolutions if item.action is action]
        if rows:
            questions = counts.questions(sum(len(item.texts) for item in rows))
            number = ngettext("{count} row", "{count} rows", len(rows)).format(count=len(rows))
            say(f"{_(action.value)}: {listed((questions, number))}")
    return 0


def _as_json(cluster: Cluster) -> dict[str, Any]:
    questions = [
        {
            "text": question.text,
            "count": question.count,
            "last_seen": question.last_seen,
            "reasons": {reason.name.lower(): count for reason, count in question.reasons.items()},
            "comments": list(question.comments),
        }
        for question in cluster.questions
    ]
    nearest = [{**vars(near), "score": round(near.score, 4)} for near in cluster.nearest]
    return {"count": cluster.count, "last_seen": cluster.last_seen, "questions": questions, "nearest": nearest}
