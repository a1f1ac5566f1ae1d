"""The lock of each conversation, within one process."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rasa.constants import ENV_SANIC_WORKERS
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore
from rasa.shared.exceptions import InvalidConfigException


class MemoryLocks(InMemoryLockStore):
    """Rasa's lock store in memory, which looks 20 times a second whose turn it is.

    Rasa looks once a second: of three messages that a user sends at once, the last is answered after two seconds, and
    it is answering that takes a thirtieth of one.
    """

    def __init__(self, endpoint_config: Any = None) -> None:
        """Called by Rasa with the section `lock_store` of `endpoints.yml`, which has no other settings.

        Raises:
            InvalidConfigException: there are several workers. With its own locks in memory Rasa starts but one; with
                those of any other class as many as it is told to.
        """
        workers = os.environ.get(ENV_SANIC_WORKERS, "1")
        if workers.isdecimal() and int(workers) > 1:
            raise InvalidConfigException(
                f"{ENV_SANIC_WORKERS} is {workers}, and faq_component.rasa.MemoryLocks are of one process: messages "
                "that a user sends at once would get lost. Take faq_component.rasa.RedisLocks as lock_store in "
                f"endpoints.yml, or leave {ENV_SANIC_WORKERS} out."
            )
        super().__init__()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0.05
    ) -> AsyncGenerator[TicketLock, None]:
        """Wait for this conversation's turn, and have it."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            yield ticket
