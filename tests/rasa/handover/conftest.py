from __future__ import annotations

from tests.rasa.web_chat.conftest import chat, open_chat

__all__ = ["chat", "open_chat"]
