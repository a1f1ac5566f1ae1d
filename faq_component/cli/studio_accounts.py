"""``faq studio account`` and ``faq studio audit``: who may come into the studio, and what they did there."""

from __future__ import annotations

import argparse
import getpass
import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from faq_component.cli.console import OUT, login_name, say
from faq_component.errors import MissingExtraError, StudioError
from faq_component.language import _
from faq_component.settings import load_settings
from faq_component.support.files import write_named

if TYPE_CHECKING:
    from faq_component.studio.access.accounts import Accounts
    from faq_component.studio.access.audit_log import AuditLog

ROLES = ("reader", "editor", "publisher", "administrator")
_MOST_EXPORTED = 200_000


def add_account_commands(actions: Any) -> None:
    """Register ``account``, with its own commands, and ``audit``."""
    account = actions.add_parser("account", help=_("the people who may sign in to the studio"))
    changes = account.add_subparsers(dest="change", required=True, metavar=_("ACTION"))
    adding = _command(changes, "add", _("add an account; the password is asked for, or read from standard input"), _add)
    adding.add_argument("--role", choices=ROLES, required=True, help=_("what the person may do"))
    ways = adding.add_mutually_exclusive_group()
    ways.add_argument("--invite", action="store_true", help=_("ask for no password; show where the person sets one"))
    ways.add_argument("--no-password", action="store_true", help=_("no password: a proxy signs the person in"))
    _command(changes, "remove", _("remove an account; its edits stay in the history"), _remove)
    setting = _command(changes, "role", _("change what a person may do"), _set_role)
    setting.add_argument("role", choices=ROLES, help=_("what the person may do"))
    _command(changes, "password", _("set a password, asked for or read from standard input"), _set_password)
    listing = changes.add_parser("list", help=_("list the accounts"))
    _add_config(listing)
    listing.set_defaults(run=_list)
    audit = actions.add_parser("audit", help=_("show who did what in the studio"))
    audit.add_argument("--who", default="", help=_("only what this person did"))
    audit.add_argument("--what", default="", help=_("only this, such as publish or sign-in-refused"))
    audit.add_argument("--since", default="", metavar="DAY", help=_("from this day, such as 2026-11-30"))
    audit.add_argument("--until", default="", metavar="DAY", help=_("to this day"))
    audit.add_argument("--text", default="", help=_("only where the details contain this"))
    audit.add_argument("--last", type=int, default=50, metavar="N", help=_("how many at most, the newest (50)"))
    audit.add_argument("--csv", metavar="FILE", help=_("write all of them to a CSV file"))
    _add_config(audit)
    audit.set_defaults(run=_audit)


def require_studio() -> None:
    """Raise `MissingExtraError` where the extra `studio` is not installed."""
    for package in ("argon2", "flask", "waitress"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "studio")


def _command(changes: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = changes.add_parser(name, help=text)
    command.add_argument("name", help=_("name of the account"))
    _add_config(command)
    command.set_defaults(run=run)
    return command


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", default="config.yml", help=_("Rasa configuration to read the settings from"))


def _add(arguments: argparse.Namespace) -> int:
    accounts, audit = _opened(arguments)
    from faq_component.studio.access.roles import Role

    role = Role[arguments.role.upper()]
    password = "" if arguments.no_password or arguments.invite else _ask_password()
    account = accounts.add(arguments.name, role, password)
    _note(audit, "added", account.name, role=arguments.role)
    say(_("“{name}” is {role} of the studio now.").format(name=account.name, role=role.title))
    if arguments.invite:
        say(_("The password is set under this path of the studio's address; it works once, within a day:"))
        say(f"/invited?token={accounts.invite(account.name)}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    accounts, audit = _opened(arguments)
    accounts.remove(arguments.name)
    _note(audit, "removed", arguments.name)
    say(_("“{name}” is removed; edits stay in the history.").format(name=arguments.name))
    return 0


def _set_role(arguments: argparse.Namespace) -> int:
    accounts, audit = _opened(arguments)
    from faq_component.studio.access.roles import Role

    role = Role[arguments.role.upper()]
    accounts.set_role(arguments.name, role)
    _note(audit, "role", arguments.name, role=arguments.role)
    say(_("“{name}” is {role} of the studio now.").format(name=arguments.name, role=role.title))
    return 0


def _set_password(arguments: argparse.Namespace) -> int:
    accounts, audit = _opened(arguments)
    if accounts.find(arguments.name) is None:  # before a password is asked for
        raise StudioError(_("There is no account “{name}”.").format(name=arguments.name))
    accounts.set_password(arguments.name, _ask_password())
    _note(audit, "password-set", arguments.name)
    say(_("The password of “{name}” is set, and every session ended.").format(name=arguments.name))
    return 0


def _list(arguments: argparse.Namespace) -> int:
    accounts, _audit_log = _opened(arguments)
    table = Table(_("name"), _("role"), _("state"), _("last sign-in"))
    for account in accounts.all():
        state = _("active") if account.has_password else _("no password yet")
        table.add_row(
            account.name, account.role.title, state if account.active else _("deactivated"), account.seen or "–"
        )
    if table.row_count:
        OUT.print(table)
    else:
        say(_("There are no accounts."))
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    _accounts, audit = _opened(arguments)
    from faq_component.studio.access.audit_log import Filter, to_csv

    wanted = Filter(arguments.who, arguments.what, arguments.since, arguments.until, arguments.text)
    if arguments.csv:
        entries = audit.entries(wanted, count=_MOST_EXPORTED)
        write_named(Path(arguments.csv), to_csv(entries))
        return 0
    table = Table(_("time (UTC)"), _("who"), _("what"), _("details"), _("from where"))
    for entry in reversed(audit.entries(wanted, count=max(1, arguments.last))):
        details = json.dumps(entry.details, ensure_ascii=False)
        table.add_row(entry.time[:19].replace("T", " "), entry.who, entry.title, details, entry.address)
    OUT.print(table)
    return 0


def _opened(arguments: argparse.Namespace) -> tuple[Accounts, AuditLog]:
    """Return the accounts and the audit log that the settings name."""
    require_studio()
    from faq_component.studio.access.accounts import Accounts
    from faq_component.studio.access.audit_log import AuditLog
    from faq_component.studio.access.database import studio_file

    settings = load_settings(arguments.config)
    return Accounts(studio_file(settings, "accounts.sqlite")), AuditLog(studio_file(settings, "audit.sqlite"))


def _note(audit: AuditLog, change: str, name: str, **details: str) -> None:
    audit.add("account", who=login_name(), change=change, name=name, by="command line", **details)


def _ask_password() -> str:
    """Ask for a password twice, or read one line where nobody can be asked."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(_("Password: "))
    if getpass.getpass(_("The same again: ")) != password:
        raise StudioError(_("The two passwords differ."))
    return password
