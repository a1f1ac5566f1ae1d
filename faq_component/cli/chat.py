"""``faq chat``: everything from a checkout to a conversation."""

from __future__ import annotations

import argparse
from typing import Any

from faq_component.cli.console import say, waiting
from faq_component.knowledge.status import read_statuses
from faq_component.knowledge.store import open_store
from faq_component.language import _
from faq_component.rasa.process.launch import ActionServer, require_free_port, run_shell
from faq_component.rasa.process.trained_model import is_current, train_model
from faq_component.settings import load_settings

RASA_PORT = 5005
ACTIONS_PORT = 5055


def add_commands(commands: Any) -> None:
    """Register the command."""
    chat = commands.add_parser("chat", help=_("train if anything changed, start the action server, open rasa shell"))
    chat.add_argument("--train-only", action="store_true", help=_("train if anything changed, and stop"))
    add_port(chat)
    chat.set_defaults(run=_chat)


def _chat(arguments: argparse.Namespace) -> int:
    settings = load_settings()
    open_store(settings.faq).load()
    if not arguments.train_only:
        require_free_port(arguments.port, "rasa shell")
        require_free_port(ACTIONS_PORT, _("the action server"))
    train_if_needed()
    if arguments.train_only:
        return 0
    with ActionServer(ACTIONS_PORT):
        say(_('The action server runs. Type once you see "Bot loaded"; /stop ends the conversation.'))
        return run_shell(
            arguments.port,
            waiting(_("Loading the bot (about ten seconds) ...")),
            lambda pid: any(status.pid == pid for status in read_statuses(settings.cache_dir)),
        )


def add_port(command: argparse.ArgumentParser) -> None:
    """Add the flag `--port`: where Rasa listens."""
    text = _("port for Rasa (default {port})").format(port=RASA_PORT)
    command.add_argument("--port", type=_port, default=RASA_PORT, metavar="N", help=text)


def _port(given: str) -> int:
    if given.isascii() and given.isdigit() and 1 <= int(given) <= 65_535:
        return int(given)
    message = _("'{given}' is not a port; it must be a whole number of 1 to 65535")
    raise argparse.ArgumentTypeError(message.format(given=given))


def train_if_needed() -> None:
    """Train the Rasa model where anything that it is made from has changed."""
    if is_current():
        say(_("The model is up to date; no training is needed."))
        return
    with waiting(_("Training the Rasa model (about a minute the first time) ...")):
        seconds = train_model()
    say(_("Trained in {seconds:.0f} seconds.").format(seconds=seconds))
