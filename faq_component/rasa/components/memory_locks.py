"""A lock store in memory, for one process."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rasa.constants import ENV_SANIC_WORKERS
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore
from rasa.shared.exceptions import InvalidConfigException

from faq_component.language import _


class MemoryLocks(InMemoryLockStore):
    """Rasa's InMemoryLockStore, polling 20 times a second.

    Rasa polls once a second: of three messages that a user sends at once, the last is answered after two seconds,
    although an answer takes a thirtieth of a second.
    """

    def __init__(self, endpoint_config: Any = None) -> None:
        """Create the store. Rasa passes the section `lock_store` of `endpoints.yml`, which has no further settings.

        Raises:
            InvalidConfigException: there are several workers. Rasa limits itself to one worker only with its own
                InMemoryLockStore.
        """
        workers = os.environ.get(ENV_SANIC_WORKERS, "1")
        if workers.isdecimal() and int(workers) > 1:
            raise InvalidConfigException(
                _(
                    "{variable} is {workers}, but faq_component.rasa.MemoryLocks works within one process: messages "
                    "that a user sends at once would be lost. Use faq_component.rasa.RedisLocks as lock_store in "
                    "endpoints.yml, or unset {variable}."
                ).format(variable=ENV_SANIC_WORKERS, workers=workers)
            )
        super().__init__()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0.05
    ) -> AsyncGenerator[TicketLock, None]:
        """Wait for the conversation's turn, and hold it."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            yield ticket
