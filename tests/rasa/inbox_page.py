"""The inbox as a person uses it, and its API as a program does."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

from faq_component.rasa.process.launch import HOST
from tests.servers import INBOX_TOKEN, Bot


class InboxPage:
    """A page of the inbox, opened with the address that `faq web` prints."""

    def __init__(self, page: Any, bot: Bot, person: str = "小林") -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.set_default_timeout(20_000)
        page.goto(f"http://{HOST}:{bot.port}/inbox/#token={INBOX_TOKEN.replace(' ', '%20')}")
        page.wait_for_selector("#desk", state="visible")
        page.fill("#name", person)

    def choose(self, handover: str) -> None:
        """Open a conversation of the list."""
        self.page.click(f'#list button[data-handover="{handover}"]')
        self.page.wait_for_selector("#open", state="visible")

    def answer(self, text: str) -> None:
        """Write and send."""
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")
        self.page.wait_for_selector(f'#messages .person .bubble:text-is("{text}")')

    def texts(self) -> list[str]:
        """The texts of the open conversation."""
        found: list[str] = self.page.locator("#messages .bubble").all_text_contents()
        return found


def api(bot: Bot, path: str = "", body: dict[str, Any] | None = None, token: str = INBOX_TOKEN) -> tuple[int, Any]:
    """Ask the API; return the status and the answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{HOST}:{bot.port}/inbox/api/handovers{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def new_handover(bot: Bot, before: set[str]) -> str:
    """Wait for a handover that was not there before; return its id."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        new = [found["id"] for found in api(bot)[1]["handovers"] if found["id"] not in before]
        if new:
            return str(new[0])
        time.sleep(0.1)
    raise AssertionError("no conversation was handed over")


def known(bot: Bot) -> set[str]:
    """The ids of the handovers that are not ended."""
    return {found["id"] for found in api(bot)[1]["handovers"]}
