"""Another checkout of this repository as a peer: what a change costs or saves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.servers import Bot, free_port
from tests.service.processes import wait_for

_RASA = ("faq_component/rasa/process/light_rasa.py", "faq_component/light_rasa.py")  # the layouts that there were


class CheckoutBot(Bot):
    """The bot of another checkout, with the components that its own ``endpoints.yml`` names."""

    def __init__(self, folder: Path, checkout: Path, **environment: str) -> None:
        subprocess.run([sys.executable, "-m", "faq_component.cli", "chat", "--train-only"], cwd=checkout, check=True)
        endpoints: dict[str, Any] = yaml.safe_load((checkout / "endpoints.yml").read_text("utf-8"))
        endpoints["action_endpoint"]["url"] = "${ACTIONS_URL}"
        endpoints["tracker_store"]["db"] = str(folder / "conversations.sqlite")
        file = folder / "endpoints.yml"
        file.write_text(json.dumps(endpoints), "utf-8")
        self._module = next(path for path in _RASA if (checkout / path).is_file()).removesuffix(".py").replace("/", ".")
        super().__init__(folder, checkout, None, file, **environment)

    def command(self) -> list[str]:
        """What starts its Rasa."""
        python, flag, _, *arguments = super().command()
        return [python, flag, self._module, *arguments]


@contextmanager
def checkout_service(folder: Path, checkout: Path, faq: str, settings: Mapping[str, str]) -> Iterator[int]:
    """The ``faq serve`` of another checkout, without a cache; yields its port."""
    port = free_port()
    component = {"name": "FaqRecall", "faq": str(Path(faq).resolve()), "log": "none", "reload_seconds": 0.0}
    config = folder / "config.yml"
    config.write_text(json.dumps({"pipeline": [component]}), "utf-8")
    environment = {**os.environ, "FAQ_SERVE_CACHE": "false"}
    environment |= {f"FAQ_SERVE_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "faq_component.cli", "serve", "--port", str(port), "--config", str(config)]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=checkout, env=environment, stdout=log, stderr=log)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def is_checkout(peer: str) -> bool:
    """Whether a peer's name is the path of a checkout."""
    return (Path(peer) / "config.yml").is_file()
