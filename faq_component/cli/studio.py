"""``faq studio``: the page of those who own the FAQ."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import threading
from typing import Any

from faq_component.cli.console import add_settings_flags, add_who_flag, say, settings_of, waiting
from faq_component.errors import MissingExtraError
from faq_component.language import _
from faq_component.rasa.process.launch import HOST, end_with_exception, require_free_port

PORT = 8090


def add_commands(commands: Any) -> None:
    """Register the command."""
    studio = commands.add_parser("studio", help=_("the page of those who own the FAQ (docs/guides/studio.md)"))
    studio.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=_("port to listen on (default {port})").format(port=PORT)
    )
    add_who_flag(studio)
    add_settings_flags(studio)
    studio.set_defaults(run=_studio)


def _studio(arguments: argparse.Namespace) -> int:
    for package in ("flask", "waitress"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "studio")
    from faq_component.studio.access.sessions import Access
    from faq_component.studio.app import create_app
    from faq_component.studio.server import make_server
    from faq_component.studio.workbench import Workbench

    require_free_port(arguments.port, _("the studio"))
    settings, access = settings_of(arguments), Access(arguments.who)
    end_with_exception()
    with waiting(_("Starting ...")) as shown, Workbench(settings) as workbench:
        app = create_app(workbench, access, arguments.port)
        server = make_server(app, HOST, arguments.port)
        shown.stop()

        def show() -> None:
            say(f"http://{HOST}:{arguments.port}/?token={access.new_token()}")

        say(_("Open this address in a browser; it works once. Enter shows another, Ctrl-C ends the studio."))
        show()
        if sys.stdin is not None and sys.stdin.isatty():
            threading.Thread(target=_at_each_line, args=(show,), daemon=True).start()
        try:
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            server.close()
    say(_("Ended."))
    return 0


def _at_each_line(show: Any) -> None:
    for _line in sys.stdin:
        show()
