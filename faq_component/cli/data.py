"""``faq check``, ``faq ids``, ``faq overlap`` and ``faq nlu-test``: the knowledge base itself."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from faq_component.cli.console import ERRORS, OUT, say
from faq_component.dialogue.words_file import LiveWords
from faq_component.errors import SettingsError, WordsError
from faq_component.evaluation.nlu_test_data import nlu_test_yaml, read_intents
from faq_component.evaluation.overlap import topic_overlaps
from faq_component.handover.settings import handover_faults
from faq_component.knowledge import counts
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.files import edit_lock, faq_files, folder_of, replace_files
from faq_component.knowledge.passing import refusals
from faq_component.knowledge.sparse import sparse_hint
from faq_component.knowledge.store import is_url, open_store, shown
from faq_component.knowledge.store.file_form import dump_topics
from faq_component.knowledge.topic_id import derive_topic_id
from faq_component.knowledge.topics import Faq
from faq_component.language import _, ngettext
from faq_component.settings import Settings, load_settings
from faq_component.support.files import write_named


def add_commands(commands: Any) -> None:
    """Register the commands."""
    check = commands.add_parser("check", help=_("find every fault of a knowledge base"))
    check.add_argument("path", nargs="?", help=_("the knowledge base; without it, the one of the settings"))
    check.add_argument("--strict", action="store_true", help=_("the same post in two topics is a fault"))
    check.set_defaults(run=_check)
    ids = commands.add_parser("ids", help=_("the ids of the topics; --write keeps them when a title is edited"))
    ids.add_argument("path")
    ids.add_argument("--write", action="store_true", help=_("write the derived ids into the files"))
    ids.set_defaults(run=_ids)
    overlap = commands.add_parser("overlap", help=_("how alike in characters the posts of a topic are"))
    overlap.add_argument("path")
    overlap.add_argument("--worst", type=int, default=10, help=_("how many topics to list"))
    overlap.set_defaults(run=_overlap)
    nlu = commands.add_parser("nlu-test", help=_("turn held-out questions into test data for `rasa test nlu`"))
    nlu.add_argument("queries")
    nlu.add_argument("--intents", help=_("messages of other intents: a TSV of context, label and message"))
    nlu.add_argument("--out", required=True, help=_("the YAML file to write"))
    nlu.set_defaults(run=_nlu_test)


def _check(arguments: argparse.Namespace) -> int:
    place = arguments.path or load_settings().faq
    report = open_store(place).check(strict=arguments.strict)
    for warning in report.warnings:
        say(_("warning: {warning}").format(warning=warning), ERRORS)
    if handover := load_settings().handover:
        for fault in handover_faults(handover):
            say(_("warning: {warning}").format(warning=f"{handover}: {fault}"), ERRORS)
    faq = report.checked()
    for warning in _words_warnings(faq, load_settings()):
        say(_("warning: {warning}").format(warning=warning), ERRORS)
    say(
        _("{path}: {topics}, {contents}, no faults").format(
            path=shown(place), topics=counts.topics(len(faq.topics)), contents=counts.contents(faq.topics)
        )
    )
    if hint := sparse_hint(faq):
        say(_("hint: {hint}").format(hint=hint))
    return 0


def _words_warnings(faq: Faq, settings: Settings) -> Iterator[str]:
    """Yield the faults of the words that must not pass, or the texts that the bot does not say for them."""
    try:
        bot = LiveWords(settings.words, simplify=settings.simplify).current.bot
    except WordsError as error:
        yield from (f"{settings.words}: {fault}" for fault in error.faults)
        return
    for topic in faq.topics:
        for text in refusals(topic, bot):
            yield _(
                "topic '{topic}': '{text}' holds a word that must not pass (bot.refuse in {file}), so the bot does not "
                "say it; use other words"
            ).format(topic=topic.title, text=text, file=settings.words)


def _ids(arguments: argparse.Namespace) -> int:
    faq = open_store(arguments.path).load(responses_required=False)
    if not arguments.write:
        for topic in faq.topics:
            say(f"{topic.id}\t{topic.title}")
        return 0
    if is_url(arguments.path):
        raise SettingsError(
            _("{path}: --write is for files; in a database every topic has its id").format(path=shown(arguments.path))
        )
    path = Path(arguments.path)
    with edit_lock(path):
        written = {file: _with_ids(file) for file in faq_files(path)}
        replace_files(folder_of(path), {file: content for file, (content, count) in written.items() if count})
    for file, (_content, count) in written.items():
        say(ngettext("{file}: {count} id written", "{file}: {count} ids written", count).format(file=file, count=count))
    return 0


def _with_ids(file: Path) -> tuple[bytes, int]:
    """A file with an id in each topic, and how many had none."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    without = [title for title, value in content.items() if isinstance(value, list) or "id" not in value]
    for title in without:
        value = content[title]
        content[title] = {"id": derive_topic_id(title), **({"post": value} if isinstance(value, list) else value)}
    return dump_topics(content), len(without)


def _overlap(arguments: argparse.Namespace) -> int:
    overlaps = topic_overlaps(open_store(arguments.path).load(responses_required=False))
    table = Table(_("overlap"), _("topic"), _("most alike posts"))
    for item in overlaps[: arguments.worst]:
        table.add_row(f"{item.mean:.3f}", item.title, " / ".join(item.closest))
    if not overlaps:
        say(_("{path}: no topic has two different posts to compare").format(path=shown(arguments.path)))
        return 0
    OUT.print(table)
    mean = sum(item.mean for item in overlaps) / len(overlaps)
    say(
        _("mean Jaccard overlap of character bigrams within topics: {mean:.3f} over {topics}").format(
            mean=mean, topics=counts.topics(len(overlaps))
        )
    )
    return 0


def _nlu_test(arguments: argparse.Namespace) -> int:
    faq = load_faq(arguments.queries, responses_required=False)
    intents = read_intents(arguments.intents) if arguments.intents else {}
    write_named(Path(arguments.out), nlu_test_yaml(faq, intents).encode())
    questions, messages = sum(len(topic.posts) for topic in faq.topics), sum(map(len, intents.values()))
    say(
        _("{file}: {questions}, messages of other intents: {messages:,}").format(
            file=arguments.out, questions=counts.questions(questions), messages=messages
        )
    )
    return 0
