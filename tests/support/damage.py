"""Damage as disks and stray writes do it: flipped bits, changed bytes, zeroed ranges, cut ends."""

from __future__ import annotations

import random
from collections.abc import Iterator


def damaged(content: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield `count` damaged copies, each other than the content."""
    draw = random.Random(seed)
    while count:
        data = bytearray(content)
        start = draw.randrange(len(data))
        match draw.randrange(4):
            case 0:
                data[start] ^= 1 << draw.randrange(8)
            case 1:
                data[start] = draw.randrange(256)
            case 2:
                length = min(draw.choice([8, 100, 4096]), len(data) - start)
                data[start : start + length] = bytes(length)
            case _:
                del data[start:]
        if data != content:
            count -= 1
            yield bytes(data)
