"""``faq lint``: what is well-formed in a knowledge base, and yet wrong."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.cli.console import ERRORS, add_settings_flags, say, settings_of
from faq_component.errors import FaqError
from faq_component.knowledge.store import shown
from faq_component.language import _, language, listed, ngettext, speaking
from faq_component.lint import RULES, Finding
from faq_component.lint.accepted import accept, accepted_file, read_accepted
from faq_component.lint.configured import Linter
from faq_component.lint.page import to_html
from faq_component.support.files import write_named

_SHOWN = 500  # characters of a text that are printed


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "lint",
        help=_("find topics that mean the same, misplaced posts, contradictions, placeholders, broken links and more"),
        description=_("Exit status 0: nothing found; 1: something found; 2: wrong use. Rules: {rules}.").format(
            rules=", ".join(RULES)
        ),
    )
    parser.add_argument("path", nargs="?", help=_("the knowledge base; without it, the one of the settings"))
    parser.add_argument("--html", metavar="OUT", help=_("also write the findings as a page"))
    parser.add_argument("--json", action="store_true", help=_("print the findings as JSON"))
    parser.add_argument("--only", metavar="RULE,...", help=_("apply these rules alone"))
    parser.add_argument("--ignore", metavar="RULE,...", help=_("leave these rules out"))
    parser.add_argument("--accept", action="store_true", help=_("accept these findings for good"))
    parser.add_argument("--accepted", metavar="FILE", help=_("accepted findings; .faqlint beside the files by default"))
    add_settings_flags(parser, retriever=False)
    parser.set_defaults(run=_lint)


def _lint(arguments: argparse.Namespace) -> int:
    rules = _rules(arguments.only, arguments.ignore)
    settings = settings_of(arguments).override(faq=arguments.path)
    reading = _("reading {path}").format(path=shown(settings.faq))
    with ERRORS.status(reading), speaking("en" if arguments.json else language()):
        found = Linter(settings).whole(rules=rules)
    file = Path(arguments.accepted) if arguments.accepted else accepted_file(settings.faq)
    if arguments.accept:
        count = accept(file, found)
        message = ngettext("{file}: {count} finding accepted", "{file}: {count} findings accepted", count)
        say(message.format(file=file, count=count))
        return 0
    accepted = read_accepted(file)
    known = {each.key for each in found}
    lapsed = [key for key in accepted if key[0] in rules and key not in known]
    kept = [each for each in found if each.key not in set(accepted)]
    if arguments.html:
        write_named(Path(arguments.html), to_html(shown(settings.faq), kept).encode())
    if arguments.json:
        say(json.dumps([each.to_json() for each in kept], ensure_ascii=False, indent=2))
    else:
        _print(shown(settings.faq), kept, len(found) - len(kept))
    for rule, topic, text in lapsed:
        say(
            _("note: {file} accepts what is no longer found, remove the line: {rule}, {topic}, {text}").format(
                file=file, rule=rule, topic=topic, text=text
            ),
            ERRORS,
        )
    return 1 if kept else 0


def _rules(only: str | None, ignore: str | None) -> list[str]:
    chosen = {
        flag: [name.strip() for name in names.split(",") if name.strip()] if names else []
        for flag, names in (("--only", only), ("--ignore", ignore))
    }
    for flag, names in chosen.items():
        unknown = [name for name in names if name not in RULES]
        if unknown:
            raise FaqError(
                _("{flag} names '{unknown}', which is no rule; choose from {rules}").format(
                    flag=flag, unknown=unknown[0], rules=", ".join(RULES)
                )
            )
    return [rule for rule in chosen["--only"] or RULES if rule not in chosen["--ignore"]]


def _cut(text: str) -> str:
    return (
        text if len(text) <= _SHOWN else _("{text}… ({count:,} characters)").format(text=text[:_SHOWN], count=len(text))
    )


def _print(place: str, found: Sequence[Finding], accepted: int) -> None:
    for each in found:
        topic = _("topic '{title}': ").format(title=each.topic) if each.topic else ""
        say(f"{each.place or place}: {_(each.severity)} [{each.rule}] {topic}{each.sentence}")
        if each.text and each.rule != "format":
            say(f"    {_cut(' '.join(each.text.split()))}")
        say(f"    → {each.edit}")
    counts = Counter(each.severity for each in found)
    errors, warnings = counts["error"], counts["warning"]
    parts = [
        ngettext("{count} error", "{count} errors", errors).format(count=errors),
        ngettext("{count} warning", "{count} warnings", warnings).format(count=warnings),
    ]
    if not found:
        parts = [_("nothing found")]
    if accepted:
        parts.append(_("{count} accepted").format(count=accepted))
    say(f"{place}: {listed(parts)}")
