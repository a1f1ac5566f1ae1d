"""Batches of pairs of similar length; for in-batch losses no two pairs of a batch share a topic."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator, Sequence
from typing import Any

from faq_component.errors import SettingsError
from faq_component.language import _
from faq_component.text import normalize
from faq_component.training.pairs.examples import Example
from faq_component.training.settings import TrainingSettings

_POOL = 50  # batches' worth of pairs sorted by length together: little padding, and the order stays random


class PairBatches:
    """Batches of indices for a whole training, each pass in another order; a `batch_sampler` of a DataLoader.

    All passes form one list, which depends on the arguments alone: a training that resumes skips the batches it has
    seen, and continues with the same ones as if it had not stopped.

    A batch ends at `batch_size` pairs, or before its padded tokens (two sides, each as long as the longest text) exceed
    `batch_tokens`. With `unique_groups`, which an in-batch loss needs, no group occurs in two pairs of a batch: a pair
    that would repeat a group waits for a later batch. Pairs that still wait at the end of a pass are left out of it if
    they cannot fill a quarter of a batch (or of the groups or pairs there are, if these are fewer). The next pass has
    another order, so it leaves out others.

    Args:
        lengths: tokens of the longer side of each pair.
        groups: the groups of both sides of each pair.
        batch_size: most pairs of a batch.
        batch_tokens: most padded tokens of a batch.
        unique_groups: whether a batch holds at most one pair per group.
        epochs: number of passes; a fraction takes that share of the last one.
        seed: of the order.
        processes: number of processes that share the batches, each taking the same number.
    """

    batch_size = None  # tells accelerate that batches differ in size
    drop_last = False  # and that none is dropped

    def __init__(
        self,
        lengths: Sequence[int],
        groups: Sequence[tuple[str, str]],
        *,
        batch_size: int,
        batch_tokens: int,
        unique_groups: bool,
        epochs: float = 1.0,
        seed: int = 0,
        processes: int = 1,
    ) -> None:
        self._lengths, self._groups = lengths, groups
        self._pairs, self._batch_tokens, self._unique = batch_size, batch_tokens, unique_groups
        self._processes = processes
        self._batches: list[list[int]] = []
        for epoch in range(math.ceil(epochs)):
            batches = self._make(random.Random(f"{seed}-{epoch}"))  # noqa: S311 (an order, not a secret)
            self._batches += batches[: max(round(min(epochs - epoch, 1.0) * len(batches)), 1)]
        del self._batches[len(self._batches) // processes * processes :]

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._batches)

    @property
    def steps(self) -> int:
        """Steps of each process."""
        return len(self._batches) // self._processes

    def _make(self, draw: random.Random) -> list[list[int]]:
        order = list(range(len(self._lengths)))
        draw.shuffle(order)
        batches: list[list[int]] = []
        waiting: list[int] = []
        size = _POOL * self._pairs
        for start in range(0, len(order), size):
            waiting = sorted(waiting + order[start : start + size], key=lambda index: self._lengths[index])
            full = [waiting]
            while full:
                full, waiting = self._cut(waiting)
                batches += full
        groups = len({group for both in self._groups for group in both}) if self._unique else self._pairs
        least = max(min(self._pairs, groups, len(order)) // 4, 1)
        while waiting:
            full, rest = self._cut(waiting, least)
            batches += full
            if len(rest) == len(waiting):
                break
            waiting = rest
        draw.shuffle(batches)
        return batches

    def _cut(self, pool: Sequence[int], least: int | None = None) -> tuple[list[list[int]], list[int]]:
        """Cut pairs, in their order, into full batches and a rest; the rest is a batch if it has `least` pairs."""
        batches: list[list[int]] = []
        left: list[int] = []
        batch: list[int] = []
        used: set[str] = set()
        longest = 0
        for index in pool:
            groups = self._groups[index]
            if self._unique and not used.isdisjoint(groups):
                left.append(index)
                continue
            longest = max(longest, self._lengths[index])
            if batch and 2 * longest * (len(batch) + 1) > self._batch_tokens:
                batches.append(batch)
                batch, used, longest = [], set(), self._lengths[index]
            batch.append(index)
            used.update(groups)
            if len(batch) == self._pairs:
                batches.append(batch)
                batch, used, longest = [], set(), 0
        if batch and least is not None and len(batch) >= least:
            batches.append(batch)
        else:
            left = batch + left
        return batches, left


def processes() -> int:
    """Return the number of processes that train together, as torchrun sets it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def plan_batches(examples: Sequence[Example], tokenizer: Any, settings: TrainingSettings) -> PairBatches:
    """Plan the batches of a whole training; `tokenizer` is a fast tokenizer of transformers.

    Raises:
        SettingsError: there is nothing to train on.
    """
    if not examples or not settings.epochs:
        message = _("{pairs} pairs and {epochs:g} epochs leave nothing to train on; give more of both")
        raise SettingsError(message.format(pairs=len(examples), epochs=settings.epochs))
    texts = list(dict.fromkeys(text for example in examples for text in (example.first, example.second)))
    normal = [settings.prefix + normalize(text) for text in texts]
    ids = tokenizer(normal, truncation=True, max_length=settings.max_length)["input_ids"]
    tokens = dict(zip(texts, map(len, ids), strict=True))
    return PairBatches(
        [max(tokens[example.first], tokens[example.second]) for example in examples],
        [example.groups for example in examples],
        batch_size=settings.batch_size,
        batch_tokens=settings.batch_tokens,
        unique_groups=settings.in_batch,
        epochs=settings.epochs,
        seed=settings.seed,
        processes=processes(),
    )
