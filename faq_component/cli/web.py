"""``faq web``: everything from a checkout to a chat in the browser."""

from __future__ import annotations

import argparse
import os
import secrets
from typing import Any

from faq_component.cli.chat import ACTIONS_PORT, add_port, train_if_needed
from faq_component.cli.console import say, waiting
from faq_component.knowledge.store import open_store
from faq_component.language import _
from faq_component.project.doctor import INBOX_TOKEN
from faq_component.rasa.process.launch import HOST, ActionServer, RasaServer, end_with_exception, require_free_port
from faq_component.settings import load_settings


def add_commands(commands: Any) -> None:
    """Register the command."""
    web = commands.add_parser("web", help=_("train if anything changed, and serve the bot with its web chat"))
    add_port(web)
    web.set_defaults(run=_web)


def _web(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    open_store(settings.faq).load()
    require_free_port(arguments.port, "Rasa")
    require_free_port(ACTIONS_PORT, _("the action server"))
    train_if_needed()
    end_with_exception()
    token = os.environ.get(INBOX_TOKEN) or secrets.token_urlsafe(24)
    with (
        waiting(_("Starting (about ten seconds) ...")) as shown,
        ActionServer(ACTIONS_PORT),
        RasaServer(arguments.port, environment={INBOX_TOKEN: token}) as rasa,
    ):
        shown.stop()
        say(_("Open {url} in a browser; Ctrl-C ends it.").format(url=f"http://{HOST}:{arguments.port}/chat/"))
        if settings.handover:
            inbox = f"http://{HOST}:{arguments.port}/inbox/"
            if os.environ.get(INBOX_TOKEN):
                message = _("Answer what the bot hands over at {url}, with the token of {variable}.")
            else:
                inbox += f"#token={token}"
                message = _("Answer what the bot hands over at {url}; the token is of this start only.")
            say(message.format(url=inbox, variable=INBOX_TOKEN))
        try:
            rasa.join()
        except KeyboardInterrupt:
            say(_("Ended."))
    return 0
