"""``faq doctor``: what of a Rasa project keeps it from answering from its FAQ."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from faq_component.cli.console import say
from faq_component.errors import FaqError, SettingsError
from faq_component.language import _, language, listed, ngettext, speaking
from faq_component.project.doctor import examine
from faq_component.project.findings import ERROR, NOTE, WARNING, Finding
from faq_component.project.rasa_project import RasaProject
from faq_component.settings import load_settings


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "doctor",
        help=_("find what keeps the Rasa project in this folder from answering from its FAQ"),
        description=_("Exit status 0: nothing found, or notes only; 1: errors or warnings; 2: wrong use."),
    )
    parser.add_argument("--json", action="store_true", help=_("print the findings as JSON"))
    parser.set_defaults(run=_doctor)


def project_here() -> RasaProject:
    """Return the Rasa project in the working directory.

    Raises:
        FaqError: there is none.
    """
    project = RasaProject(Path())
    if not project.config_file.is_file():
        raise FaqError(
            _(
                "there is no config.yml in {folder}; go into the folder of a Rasa project, or make a new one with "
                "`faq init --new DIR`"
            ).format(folder=Path.cwd())
        )
    return project


def _doctor(arguments: argparse.Namespace) -> int:
    project = project_here()
    with speaking("en" if arguments.json else language()):
        found = _findings(project)
    if arguments.json:
        say(json.dumps([finding.to_json() for finding in found], ensure_ascii=False, indent=2))
    else:
        _print(found)
    return int(any(finding.severity != NOTE for finding in found))


def _findings(project: RasaProject) -> list[Finding]:
    try:
        settings = load_settings(project.config_file)
    except SettingsError as error:
        mend = _("correct it; the reference of the settings lists their names and bounds")
        return [Finding("settings", ERROR, "config.yml", str(error), mend)]
    return examine(project, settings)


def _print(found: list[Finding]) -> None:
    for finding in found:
        say(f"{finding.place}: {_(finding.severity)} [{finding.check}] {finding.sentence}")
        say(f"    → {finding.mend}")
    counts = Counter(finding.severity for finding in found)
    parts = [
        ngettext("{count} error", "{count} errors", counts[ERROR]).format(count=counts[ERROR]),
        ngettext("{count} warning", "{count} warnings", counts[WARNING]).format(count=counts[WARNING]),
        ngettext("{count} note", "{count} notes", counts[NOTE]).format(count=counts[NOTE]),
    ]
    say(listed(parts) if found else _("nothing found"))
