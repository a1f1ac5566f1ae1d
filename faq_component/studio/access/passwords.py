"""Passwords: what they must be, and their hashes by argon2id."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from faq_component.language import _
from faq_component.text import normal_form

LEAST, MOST = 12, 1_000  # characters
_MOST_WRITTEN = 4 * MOST  # before normalisation, which makes one character of up to four

# OWASP's Password Storage Cheat Sheet: argon2id with 19 MiB, 2 iterations, 1 lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_ONE_AT_A_TIME = threading.Lock()  # so that many sign-ins at once take neither memory nor all cores
_OF_NOBODY = _HASHER.hash("nobody has this password")


def fault_of(password: str, name: str) -> str | None:
    """Return the sentence that says why a password will not do for an account; None where it will."""
    text = _normal(password)
    count = max(len(text), len(password) if len(password) > _MOST_WRITTEN else 0)
    if not LEAST <= count <= MOST:
        sentence = _("A password takes {least} to {most} characters; this one has {count}. Four words do well.")
        return sentence.format(least=LEAST, most=MOST, count=count)
    if len(set(text)) <= LEAST // 3 or text.casefold() == name.casefold():
        return _("This password is guessed too easily; take four words that do not belong together.")
    return None


def hashed(password: str) -> str:
    """Return the hash of a password, with its salt and parameters."""
    with _ONE_AT_A_TIME:
        return _HASHER.hash(_normal(password))


def matches(password: str, stored: str) -> bool:
    """Whether a password has a hash; where there is none (empty), False after the same time."""
    with _ONE_AT_A_TIME:
        try:
            return _HASHER.verify(stored or _OF_NOBODY, _normal(password)[:MOST]) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether a hash has other parameters than new ones have."""
    return _HASHER.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """Return a password as every keyboard and system writes it; of one that is too long, the beginning."""
    return normal_form(password[:_MOST_WRITTEN])
