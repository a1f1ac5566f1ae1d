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
_MOST_SESSIONS, _MOST_OF_PERSON = 10_000, 20
_TOKEN_BYTES = 32

Person = tuple[str, bool]  # a name, and whether it is an account's


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

    @property
    def person(self) -> Person:
        """Whose it is: who has come in without an account is nobody who has one, whatever the names."""
        return self.who, self.epoch is not None


class Sessions:
    """Sessions by id, and tokens of addresses that are each good for one sign-in; safe for several threads.

    They are in memory only, so a restart of the studio ends them all. Ids and tokens are kept as digests. A session
    ends after eight hours without a request, and after thirty days; with a person's 21st, their oldest one ends.

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
        session.began = session.used = self._clock()
        with self._lock:
            return self._new_id(session)

    def vouched(self, who: str, role: Role, epoch: str) -> tuple[str, Session, bool]:
        """Return a new id of the session of a person for whom a proxy vouches, the session, and whether it begins now.

        All browsers of such a person share one, so that requests without a cookie begin no others.
        """
        at = self._clock()
        with self._lock:
            for session in self._sessions.values():
                if session.by_proxy and (session.who, session.epoch) == (who, epoch) and not _has_ended(session, at):
                    session.used = at
                    return self._new_id(session), session, False
            session = Session(who, role, epoch, by_proxy=True, began=at, used=at)
            return self._new_id(session), session, True

    def _new_id(self, session: Session) -> str:
        """Return a new id of a session; those that are too many end, of this person and of all, the oldest first."""
        number = secrets.token_urlsafe(_TOKEN_BYTES)
        self._sessions[_digest(number)] = session
        own = [key for key, one in self._sessions.items() if one.person == session.person]
        own.sort(key=lambda key: self._sessions[key].used)
        for key in own[:-_MOST_OF_PERSON]:
            del self._sessions[key]
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
            if _has_ended(session, at):
                del self._sessions[_digest(number)]
                return None
            session.used = at
            return session

    def end(self, number: str) -> Session | None:
        """End a session, under all of its ids, and return it; None where there was none."""
        with self._lock:
            ended = self._sessions.get(_digest(number))
            if ended is not None:
                self._sessions = {key: one for key, one in self._sessions.items() if one is not ended}
            return ended

    def count(self, who: str) -> int:
        """How many sessions of an account go on."""
        at = self._clock()
        with self._lock:
            ones = self._sessions.values()
            return len({id(one) for one in ones if one.person == (who, True) and not _has_ended(one, at)})


def _has_ended(session: Session, at: float) -> bool:
    return at - session.used > IDLE_SECONDS or at - session.began > MOST_SECONDS


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
