"""Limits on sign-ins: guessing takes years, and does not keep others out."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

WINDOW_SECONDS = 600.0
MOST_OF_NAME, MOST_OF_ADDRESS = 10, 20  # attempts within the window
_MOST_KEYS = 20_000

Key = tuple[str, ...]


class Throttle:
    """Counts the attempts of the last ten minutes by name and by address; safe for several threads.

    A person at an address from which they have signed in before is counted apart from everybody else: neither
    somebody who guesses at their name elsewhere nor one who shares the address keeps them out.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: OrderedDict[Key, deque[float]] = OrderedDict()

    def attempt(self, name: str, address: str, *, is_known: bool) -> int:
        """Count an attempt and return 0 where it may be made; else the seconds to wait, and it is not counted.

        Args:
            name: as names are compared, whether or not it exists.
            address: from which it comes.
            is_known: whether the name has signed in from the address before.
        """
        at = self._clock()
        with self._lock:
            counted = [(self._of(key, at), most) for key, most in _keys(name, address, is_known)]
            wait = max(times[0] + WINDOW_SECONDS - at if len(times) >= most else 0.0 for times, most in counted)
            if wait > 0:
                return math.ceil(wait)
            for times, _most in counted:
                times.append(at)
            return 0

    def succeeded(self, name: str, address: str, *, is_known: bool) -> None:
        """Take back the latest attempt, which was right; those before it still count."""
        with self._lock:
            for key, _most in _keys(name, address, is_known):
                if times := self._attempts.get(key):
                    times.pop()

    def _of(self, key: Key, at: float) -> deque[float]:
        """Return the attempts of a key within the window; forget the key that was unused for longest."""
        times = self._attempts.setdefault(key, deque())
        self._attempts.move_to_end(key)
        while times and times[0] + WINDOW_SECONDS <= at:
            times.popleft()
        while len(self._attempts) > _MOST_KEYS:
            self._attempts.popitem(last=False)
        return times


def _keys(name: str, address: str, is_known: bool) -> list[tuple[Key, int]]:
    """Return what an attempt is counted by, each with the most attempts."""
    if is_known:
        return [(("both", name, address), MOST_OF_NAME)]
    return [(("name", name), MOST_OF_NAME), (("address", network_of(address)), MOST_OF_ADDRESS)]


def network_of(address: str) -> str:
    """Return what one person has of addresses: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return address
