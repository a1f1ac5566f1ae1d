"""A channel in a process of its own: ``python -m tests.rasa.channels.one_channel CLASS CREDENTIALS``.

It prints its webhook, then each text that reaches the bot; at ``hang`` the bot does not come back. It ends with its
standard input. What it keeps is in the working folder.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys

from rasa.core.channels.channel import UserMessage

from tests.rasa.channels.china.stub_server import StubServer


async def bot(message: UserMessage) -> None:
    print(message.text, flush=True)  # noqa: T201
    if message.text == "hang":
        await asyncio.sleep(3600)


def main() -> None:
    name, credentials = sys.argv[1:]
    module, _, kind = name.rpartition(".")
    with StubServer(
        getattr(importlib.import_module(module), kind).from_credentials(json.loads(credentials)), bot
    ) as server:
        print(server.webhook, flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main()
