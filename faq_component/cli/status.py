"""``faq status``: the FAQ as it is, and which version of it each running process has."""

from __future__ import annotations

import argparse
import socket
from datetime import datetime
from typing import Any

from faq_component.cli.console import add_settings_flags, say, settings_of
from faq_component.knowledge.status import read_statuses
from faq_component.knowledge.store import open_store, shown


def add_commands(commands: Any) -> None:
    """Register the command."""
    status = commands.add_parser("status", help="is the FAQ without faults, and does every process have it?")
    add_settings_flags(status, encoder=False, retriever=False, threads=False)
    status.set_defaults(run=_status)


def _status(arguments: argparse.Namespace) -> int:
    """1 where the FAQ is faulty, or a process has another version than the newest."""
    settings = settings_of(arguments)
    report = open_store(settings.faq).check()
    for fault in report.faults:
        say(fault)
    if report.faq is None:
        say(f"{shown(settings.faq)}: {len(report.faults)} faults; running processes go on with the version before")
    else:
        say(f"{shown(settings.faq)}: version {report.faq.version}, {len(report.faq.topics)} topics, no faults")
    statuses = read_statuses(settings.cache_dir)
    if not statuses:
        say("no process of the bot is running")
        return int(report.faq is None)
    newest = report.faq.version if report.faq else None
    for status in statuses:
        since = datetime.fromisoformat(status.since).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        age = "the newest" if status.version == newest else "older"
        where = "" if status.host == socket.gethostname() else f" on {status.host}"
        who = f"{status.process} (pid {status.pid}{where})"
        say(f"{who}: version {status.version}, {status.topics} topics, since {since}, {age}")
    return int(any(status.version != newest for status in statuses))
