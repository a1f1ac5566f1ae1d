"""What the commands share: the consoles, progress bars, and the settings' flags."""

from __future__ import annotations

import argparse
import getpass
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, track
from rich.segment import Segment

from faq_component.language import _
from faq_component.settings import RETRIEVERS, Settings, load_settings
from faq_component.support.files import write_named
from faq_component.text import escape_controls


class SafeConsole(Console):
    r"""A console on which texts of users and files cannot do anything: control characters are shown as ``\u001b``.

    That is their form in JSON, so JSON that is printed stays what it is.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as `Console.render`, with the control characters of texts escaped."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(escape_controls(segment.text), segment.style)


OUT = SafeConsole(highlight=False)
ERRORS = SafeConsole(stderr=True, highlight=False)


def say(text: str, console: Console = OUT) -> None:
    """Print a line as it is: no markup, and no line breaks of our own in paths or JSON."""
    console.print(escape_controls(text), markup=False, soft_wrap=True)


def progress(text: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A wrapper that shows a progress bar on standard error while a sequence is walked."""
    return lambda items: track(items, description=text, console=ERRORS, transient=True, disable=not ERRORS.is_terminal)


def waiting(text: str) -> Progress:
    """Shows on standard error, while it is entered, that something goes on, and for how long."""
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=ERRORS,
        transient=True,
        disable=not ERRORS.is_terminal,
    )
    shown.add_task(text, total=None)
    return shown


def add_settings_flags(
    parser: argparse.ArgumentParser, *, encoder: bool = True, retriever: bool = True, threads: bool = True
) -> None:
    """Flags that override what `config.yml` says."""
    parser.add_argument("--config", default="config.yml", help=_("Rasa configuration to read the settings from"))
    parser.add_argument("--faq", help=_("the knowledge base: a JSON file, a folder, or the URL of a database"))
    if encoder:
        parser.add_argument("--encoder", help=_("folder of the ONNX encoder"))
    if threads:
        parser.add_argument("--threads", type=int, help=_("threads of the encoder"))
    if retriever:
        parser.add_argument("--retriever", choices=RETRIEVERS, help=_("how topics are retrieved"))


def add_who_flag(parser: argparse.ArgumentParser) -> None:
    """The flag ``--who``: who makes an edit."""
    parser.add_argument("--who", default=login_name(), help=_("the author, for the history (default: %(default)s)"))


def login_name() -> str:
    """The user of this machine, or a number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container need not know its users by name
        return _("user {number}").format(number=os.getuid())


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings of `config.yml`, overridden by the flags that were given."""
    names = ("faq", "encoder", "threads", "retriever")
    given = {name: getattr(arguments, name, None) for name in names}
    if isinstance(given["retriever"], list):
        given["retriever"] = None
    return load_settings(arguments.config).override(**given)


def write_json(path: str, content: Any) -> None:
    """Write a report as JSON; raises `FaqError` where it cannot be written."""
    write_named(Path(path), (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
