"""Batches of pairs of like length, in which no two pairs share a topic."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator, Sequence
from typing import Any

from faq_component.errors import SettingsError
from faq_component.text import normalize
from faq_component.training.pairs.examples import Example
from faq_component.training.settings import TrainingSettings

_POOL = 50  # batches' worth of pairs that are sorted by length together: enough for little padding, and to stay random


class PairBatches:
    """Batches of indices for a whole training, pass after pass in another order; a `batch_sampler` for a DataLoader.

    All passes are one list, which the arguments alone decide: a training that goes on after a stop skips the batches
    it has seen and gets the same ones as if it had not stopped.

    A batch ends at `batch_size` pairs, or before its padded tokens (two sides, each as long as the longest text)
    exceed `batch_tokens`. With `unique_groups`, what an in-batch loss needs, no group occurs in two pairs of a batch:
    a pair that would repeat one waits for a later batch. Pairs that still wait at the end of a pass and cannot fill a
    quarter of a batch (of the groups or the pairs there are, where these are fewer) are left out of it; the next pass
    has another order, so it is not always the same ones.

    Args:
        lengths: tokens of the longer side of each pair.
        groups: the groups of both sides of each pair.
        batch_size: pairs.
        batch_tokens: padded tokens.
        unique_groups: see above.
        epochs: passes; of the last one only the share that is left.
        seed: of the order.
        processes: that share the batches, each taking the same number of them.
    """

    batch_size = None  # the names by which accelerate knows that batches differ in size, and that all are wanted
    drop_last = False

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
        """Of each process."""
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
        """Full batches of pairs in their order, and the pairs that are left; `least` pairs make one at the end."""
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
    """How many train together, as torchrun says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def plan_batches(examples: Sequence[Example], tokenizer: Any, settings: TrainingSettings) -> PairBatches:
    """The batches of a whole training; `tokenizer` is a fast one of transformers.

    Raises:
        SettingsError: there is nothing to train on.
    """
    if not examples or not settings.epochs:
        raise SettingsError(
            f"{len(examples)} pairs and {settings.epochs:g} epochs leave nothing to train on; give more of both"
        )
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
