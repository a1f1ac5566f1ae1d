"""``faq studio``: the page of those who own the FAQ."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faq_component.cli.console import add_settings_flags, add_who_flag, say, settings_of, waiting
from faq_component.cli.studio_accounts import ROLES, add_account_commands, require_studio
from faq_component.errors import StartError
from faq_component.language import _
from faq_component.rasa.process.launch import HOST, end_with_exception, require_free_port
from faq_component.support.ending import end_process
from faq_component.support.memory import share_memory

if TYPE_CHECKING:
    from faq_component.studio.access.doors import Access

PORT = 8090


def add_commands(commands: Any) -> None:
    """Register the command and its own ones."""
    studio = commands.add_parser("studio", help=_("the page of those who own the FAQ (docs/guides/studio.md)"))
    studio.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=_("port to listen on (default {port})").format(port=PORT)
    )
    studio.add_argument(
        "--host", default=HOST, metavar="IP", help=_("address to listen on; any but this machine's own takes accounts")
    )
    studio.add_argument(
        "--public-url",
        action="append",
        default=[],
        metavar="URL",
        help=_("address at which browsers open the studio, such as https://faq.example.com; may be repeated"),
    )
    studio.add_argument(
        "--proxy-address",
        action="append",
        default=[],
        metavar="IP",
        help=_("proxy whose headers are believed: an address or a network; may be repeated"),
    )
    studio.add_argument(
        "--proxy-header", default="", metavar="NAME", help=_("header in which the proxy names who is signed in")
    )
    studio.add_argument(
        "--proxy-role",
        choices=ROLES,
        help=_("role of people whom the proxy names and who have no account (default: they are refused)"),
    )
    add_who_flag(studio)
    add_settings_flags(studio)
    studio.set_defaults(run=_studio)
    add_account_commands(studio.add_subparsers(dest="studio_command", metavar=_("ACTION")))


def _studio(arguments: argparse.Namespace) -> int:
    require_studio()
    from faq_component.studio.access.accounts import Accounts
    from faq_component.studio.access.database import studio_file
    from faq_component.studio.access.doors import Access
    from faq_component.studio.access.listening import listening
    from faq_component.studio.access.roles import role_of
    from faq_component.studio.app import create_app
    from faq_component.studio.server import make_server
    from faq_component.studio.workbench import Workbench

    place = listening(
        arguments.port,
        host=arguments.host,
        public_urls=arguments.public_url,
        proxies=arguments.proxy_address,
        header=arguments.proxy_header,
        unknown=role_of(arguments.proxy_role or ""),
    )
    settings = settings_of(arguments)
    accounts = Accounts(studio_file(settings, "accounts.sqlite"))
    if not place.is_loopback and not place.header and not accounts.can_be_entered():
        raise StartError(
            _(
                "With --host {host} others reach the studio, which takes accounts; "
                "make one with “faq studio account add NAME --role administrator”, or name a --proxy-header."
            ).format(host=place.host)
        )
    require_free_port(arguments.port, _("the studio"))
    access = Access(place, accounts, arguments.who)
    end_with_exception()
    share_memory()
    with waiting(_("Starting ...")) as shown, Workbench(settings, Path(arguments.config)) as workbench:
        server = make_server(create_app(workbench, access), access)
        shown.stop()
        _show_ways(access)
        try:
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            server.close()
    say(_("Ended."))
    end_process(0)  # a request or a check-up may still be at work


def _show_ways(access: Access) -> None:
    """Say at which addresses the studio is opened; on this machine one that works once, and another at each line."""
    place = access.listening
    for url in place.public_urls:
        say(_("People with an account open {url}").format(url=url))
    if not place.is_loopback:
        if not any(url.startswith("https:") for url in place.public_urls):
            say(_("Passwords travel unencrypted; put a proxy with https before the studio (docs/guides/studio.md)."))
        say(_("Ctrl-C ends the studio."))
        return

    def show() -> None:
        say(f"http://{place.host}:{place.port}/?token={access.sessions.new_token()}")

    say(_("Open this address in a browser; it works once. Enter shows another, Ctrl-C ends the studio."))
    show()
    if sys.stdin is not None and sys.stdin.isatty():
        threading.Thread(target=_at_each_line, args=(show,), daemon=True).start()


def _at_each_line(show: Any) -> None:
    for _line in sys.stdin:
        show()
