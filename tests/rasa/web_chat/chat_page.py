"""The chat page as a person uses it."""

from __future__ import annotations

from typing import Any

from faq_component.rasa.process.launch import HOST
from tests.servers import Bot


class ChatPage:
    """A page of the web chat that is open and connected."""

    def __init__(self, page: Any, bot: Bot) -> None:
        self.page = page
        self.address = f"http://{HOST}:{bot.port}/chat/"
        self.faults: list[str] = []
        self.requested: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.requested.append(request.url))
        page.set_default_timeout(20_000)
        page.goto(self.address)
        self.wait_for_connection()

    def wait_for_connection(self, milliseconds: int = 20_000) -> None:
        """Wait until the page is connected, and has drawn the greeting and the conversation."""
        self.page.wait_for_selector("#messages > li", timeout=milliseconds)
        self.page.wait_for_selector("#status:empty", state="attached", timeout=milliseconds)

    def say(self, text: str) -> list[str]:
        """Type and send; returns what the bot has answered."""
        before = len(self.of("bot"))
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")
        return self.answers_after(before)

    def press(self, title: str) -> list[str]:
        """Press a button that can be pressed; returns what the bot has answered."""
        before = len(self.of("bot"))
        self.page.click(f'button:not([aria-disabled]):text-is("{title}")')
        return self.answers_after(before)

    def answers_after(self, before: int) -> list[str]:
        self.page.wait_for_selector(f"#messages .bot >> nth={before}")
        self.page.wait_for_selector("#typing", state="hidden")
        return self.of("bot")[before:]

    def of(self, speaker: str) -> list[str]:
        """The texts of the bubbles, of ``"bot"`` or of ``"user"``."""
        texts: list[str] = self.page.locator(f"#messages .{speaker} .bubble").all_text_contents()
        return texts

    def reload(self) -> None:
        """Load the page again, and wait until the conversation is shown."""
        self.page.reload()
        self.wait_for_connection()

    def said(self) -> list[tuple[str, str]]:
        """Speaker, and text with buttons, of all messages after the greeting, without their times.

        The greeting has questions to begin with only as long as the conversation is new.
        """
        without_time = (
            "item => [...item.children].filter(part => part.tagName != 'TIME').map(part => part.innerText).join()"
        )
        items = self.page.locator("#messages > li").all()[1:]
        return [(item.get_attribute("class"), item.evaluate(without_time)) for item in items]
