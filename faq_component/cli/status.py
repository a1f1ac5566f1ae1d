"""``faq status``: the FAQ as it is, and which version of it each running process has."""

from __future__ import annotations

import argparse
import socket
from datetime import datetime
from typing import Any

from faq_component.cli.console import add_settings_flags, say, settings_of
from faq_component.knowledge import counts
from faq_component.knowledge.status import read_statuses
from faq_component.knowledge.store import open_store, shown
from faq_component.language import _


def add_commands(commands: Any) -> None:
    """Register the command."""
    status = commands.add_parser("status", help=_("show the faults of the FAQ, and which version each process has"))
    add_settings_flags(status, encoder=False, retriever=False, threads=False)
    status.set_defaults(run=_status)


def _status(arguments: argparse.Namespace) -> int:
    """1 where the FAQ is faulty, or a process has another version than the newest."""
    settings = settings_of(arguments)
    report = open_store(settings.faq).check()
    for fault in report.faults:
        say(fault)
    if report.faq is None:
        say(
            _("{faq}: {faults}; running processes keep the version before").format(
                faq=shown(settings.faq), faults=counts.faults(len(report.faults))
            )
        )
    else:
        say(
            _("{faq}: version {version}, {topics}, no faults").format(
                faq=shown(settings.faq), version=report.faq.version, topics=counts.topics(len(report.faq.topics))
            )
        )
    statuses = read_statuses(settings.cache_dir)
    if not statuses:
        say(_("no process of the bot is running"))
        return int(report.faq is None)
    newest = report.faq.version if report.faq else None
    for status in statuses:
        since = datetime.fromisoformat(status.since).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        where = _("pid {number}").format(number=status.pid)
        if status.host != socket.gethostname():
            where = _("pid {number} on {host}").format(number=status.pid, host=status.host)
        say(
            _("{process} ({where}): version {version}, {topics}, since {since}, {age}").format(
                process=status.process,
                where=where,
                version=status.version,
                topics=counts.topics(status.topics),
                since=since,
                age=_("the newest") if status.version == newest else _("older"),
            )
        )
    return int(any(status.version != newest for status in statuses))
