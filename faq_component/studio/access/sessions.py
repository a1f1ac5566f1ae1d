"""Who may use the studio: whoever opens an address of this machine that works once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from faq_component.studio.access.roles import Role

_IDLE_SECONDS = 8 * 3600.0
_MOST_SESSIONS = 100
_TOKEN_BYTES = 32


@dataclass
class Session:
    """A browser that is signed in.

    Args:
        who: the author of its edits, for the history.
        role: what it may do.
        csrf: what each request that changes something must carry.
        used: when it was last used, on the clock of `Access`.
    """

    who: str
    role: Role
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES))
    used: float = 0.0


class Access:
    """Tokens of addresses, each good for one sign-in, and the sessions that they opened; safe for several threads.

    Tokens and the ids of sessions are kept as digests. A session ends after eight hours without a request.

    Args:
        who: the author of the edits of everybody who signs in.
        clock: seconds that only go forward.
    """

    def __init__(self, who: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._who = who
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: set[bytes] = set()
        self._sessions: dict[bytes, Session] = {}

    def new_token(self) -> str:
        """Make the token of an address."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._lock:
            self._tokens.add(_digest(token))
        return token

    def open(self, token: str) -> str | None:
        """Return the id of a new session for a token that has not been used, else None."""
        with self._lock:
            if _digest(token) not in self._tokens:
                return None
            self._tokens.remove(_digest(token))
        return self.sign_in(self._who, Role.ADMINISTRATOR)

    def sign_in(self, who: str, role: Role) -> str:
        """Return the id of a new session."""
        number = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._lock:
            self._sessions[_digest(number)] = Session(who, role, used=self._clock())
            while len(self._sessions) > _MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=lambda one: self._sessions[one].used)]
        return number

    def session(self, number: str) -> Session | None:
        """Return the session of an id; None where there is none, or it has ended."""
        with self._lock:
            session = self._sessions.get(_digest(number))
            if session is None:
                return None
            if self._clock() - session.used > _IDLE_SECONDS:
                del self._sessions[_digest(number)]
                return None
            session.used = self._clock()
            return session

    def close(self, number: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(_digest(number), None)


def is_same(given: str, secret: str) -> bool:
    """Whether two texts are equal, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
