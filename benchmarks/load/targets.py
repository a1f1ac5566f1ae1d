"""Targets of a load test: the service, Rasa, and Rasa that asks the service, each as processes of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.generator import Body
from faq_component.rasa.process.launch import HOST
from tests.servers import Bot, new_sender
from tests.service.processes import Nginx, Serving

# All requests come from one address.
_UNLIMITED = {
    "limit_req zone=requests burst=100 nodelay;": "",
    "limit_conn connections 64;": "",
}
SCENARIOS = ("service", "rasa", "rasa-remote")


@dataclass(frozen=True)
class Target:
    """Address of the requests, and their body for a question."""

    url: str
    body: Body


def question_body(text: str) -> dict[str, str]:
    """Make a body of ``/v1/answer``."""
    return {"text": text}


def message_body(text: str) -> dict[str, str]:
    """Make a body of Rasa's REST channel; each question is a conversation of its own."""
    return {"sender": new_sender(), "message": text}


@contextmanager
def started(
    scenario: str,
    faq: str,
    *,
    cached: bool,
    cores: set[int],
    nginx: bool = False,
    service: Mapping[str, str] | None = None,
) -> Iterator[Target]:
    """Start the processes of a scenario on these cores.

    Rasa serves the model trained in the checkout, with the FAQ of `config.yml`; `service` has the service's settings.
    """
    service = service or {}
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # the processes inherit it
    with ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            service_url = ""  # Rasa decides itself
            if scenario != "rasa":
                settings = {"faq": faq, "log": "none", "reload_seconds": 0.0, "cache_dir": f".faq/{Path(faq).stem}"}
                limits = {f"FAQ_SERVE_{name.upper()}": value for name, value in service.items()}
                serving = Serving(folder, settings, FAQ_SERVE_CACHE=str(cached).lower(), **limits)
                service_url = stack.enter_context(serving).url
            if scenario == "service":
                port = serving.port
                if nginx:
                    # nginx lists the service twice, and so forwards four requests for each of its processes.
                    handed_on = {"max_conns=4": f"max_conns={2 * int(service.get('workers', 2))}"}
                    port = stack.enter_context(Nginx(folder, port, _UNLIMITED | handed_on)).port
                target = Target(f"http://{HOST}:{port}/v1/answer", question_body)
            else:
                bot = stack.enter_context(Bot(folder, FAQ_LOG="none", FAQ_SERVICE_URL=service_url))
                target = Target(f"http://{HOST}:{bot.port}/webhooks/rest/webhook", message_body)
        finally:
            os.sched_setaffinity(0, mine)
        yield target
