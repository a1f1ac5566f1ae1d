"""Browsers that are signed in, and addresses that sign one in, once."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from faq_component.studio.access.roles import Role

IDLE_SECONDS, MOST_SECONDS = 8 * 3600.0, 30 * 24 * 3600.0
_MOST_SESSIONS = 1_000
_TOKEN_BYTES = 32


@dataclass
class Session:
    """A browser that is signed in.

    Args:
        who: name of the account, the author of its edits.
        role: what it may do; of an account, as at the latest request.
        epoch: that of the account at the sign-in; None where no account was needed.
        by_proxy: whether a proxy vouches for it with every request.
        csrf: what each request that changes something must carry.
        began: when, in seconds since 1970.
        used: when it was last used.
    """

    who: str
    role: Role
    epoch: str | None = None
    by_proxy: bool = False
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES))
    began: float = 0.0
    used: float = 0.0


class Sessions:
    """Sessions by id, and tokens of addresses that are each good for one sign-in; safe for several threads.

    They are in memory only, so a restart of the studio ends them all. Ids and tokens are kept as digests. A session
    ends after eight hours without a request, and after thirty days.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
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

    def use(self, token: str) -> bool:
        """Whether a token has not been used; it is used up."""
        with self._lock:
            is_good = _digest(token) in self._tokens
            self._tokens.discard(_digest(token))
            return is_good

    def begin(self, session: Session) -> str:
        """Return the new id of a session that begins."""
        number = secrets.token_urlsafe(_TOKEN_BYTES)
        session.began = session.used = self._clock()
        with self._lock:
            self._sessions[_digest(number)] = session
            while len(self._sessions) > _MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=lambda one: self._sessions[one].used)]
        return number

    def find(self, number: str) -> Session | None:
        """Return the session of an id; None where there is none, or it has ended."""
        at = self._clock()
        with self._lock:
            session = self._sessions.get(_digest(number))
            if session is None:
                return None
            if at - session.used > IDLE_SECONDS or at - session.began > MOST_SECONDS:
                del self._sessions[_digest(number)]
                return None
            session.used = at
            return session

    def end(self, number: str) -> Session | None:
        """End a session, and return it; None where there was none."""
        with self._lock:
            return self._sessions.pop(_digest(number), None)

    def count(self, who: str) -> int:
        """How many sessions of a name go on."""
        at = self._clock()
        with self._lock:
            return sum(one.who == who and at - one.used <= IDLE_SECONDS for one in self._sessions.values())


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
