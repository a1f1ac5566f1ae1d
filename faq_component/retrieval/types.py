"""The interface of retrievers, and the table of posts that they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from faq_component.knowledge.checking import Faq
from faq_component.retrieval.indexes import Mask
from faq_component.retrieval.question import ALL, Among, Question
from faq_component.types import Hit

_SCOPES = 64  # whose masks are kept


class Retriever(Protocol):
    """Finds topics for a question, none but those that it may find (`Question.among`)."""

    def search(self, question: Question, top_k: int, /) -> list[Hit]:
        """Return at most `top_k` hits, one per topic, best first; equal scores are in the order of the FAQ."""
        ...


_POSTS_PER_TOPIC = 12


def widen(posts: int, top_k: int, find: Callable[[int], list[Hit]]) -> list[Hit]:
    """Call `find(count)` with more candidate posts each time until it returns `top_k` hits or has seen all `posts`.

    A topic of many similar posts can fill a whole list of candidates.
    """
    count = top_k * _POSTS_PER_TOPIC
    while True:
        hits = find(count)
        if len(hits) == top_k or count >= posts:
            return hits
        count *= 4


class PostTable:
    """The posts of an FAQ as rows, with the id and the number of their topic.

    `ids`, `topic_sizes` and `starts` (the row of the first post) belong to the topics, by number.
    """

    def __init__(self, faq: Faq) -> None:
        self.posts: tuple[str, ...] = tuple(post for topic in faq.topics for post in topic.posts)
        self.topic_ids: tuple[str, ...] = tuple(topic.id for topic in faq.topics for _ in topic.posts)
        self.ids: tuple[str, ...] = tuple(topic.id for topic in faq.topics)
        self.topic_sizes: npt.NDArray[np.int64] = np.array([len(topic.posts) for topic in faq.topics], dtype=np.int64)
        self.topics: npt.NDArray[np.int64] = np.repeat(np.arange(len(faq.topics)), self.topic_sizes)
        self._ends = np.cumsum(self.topic_sizes)
        self.starts: npt.NDArray[np.int64] = self._ends - self.topic_sizes
        self._numbers = {topic_id: number for number, topic_id in enumerate(self.ids)}
        self._masks: dict[frozenset[str], Mask] = {}

    def topics_among(self, among: Among) -> Mask | None:
        """Whether each topic may be found; None where all may. *Shape:* ``(topics,)``."""
        if among == ALL:
            return None
        mask = np.ones(len(self.ids), dtype=bool) if among.topics is None else self._mask(among.topics).copy()
        gone = among.without if among.answered is None else {*among.without, among.answered}
        mask[[self._numbers[topic_id] for topic_id in gone if topic_id in self._numbers]] = False
        return mask

    def number_of(self, topic_id: str | None) -> int | None:
        """Return the number of a topic; None of no topic, or one that is not there."""
        return None if topic_id is None else self._numbers.get(topic_id)

    def posts_among(self, among: Among) -> int:
        """How many posts belong to topics that may be found."""
        topics = self.topics_among(among)
        return len(self.posts) if topics is None else int(self.topic_sizes[topics].sum())

    def rows_among(self, among: Among) -> Mask | None:
        """Whether each post's topic may be found; None where all may. *Shape:* ``(posts,)``."""
        topics = self.topics_among(among)
        return None if topics is None else topics[self.topics]

    def _mask(self, topics: frozenset[str]) -> Mask:
        mask = self._masks.get(topics)
        if mask is None:
            if len(self._masks) >= _SCOPES:
                self._masks.clear()
            mask = np.fromiter((topic_id in topics for topic_id in self.ids), dtype=bool, count=len(self.ids))
            self._masks[topics] = mask
        return mask

    def rows_of(self, topic: int) -> npt.NDArray[np.int64]:
        """Return the rows of a topic's posts, by its number."""
        return np.arange(int(self.starts[topic]), int(self._ends[topic]))

    @property
    def keys(self) -> list[tuple[str, str, int]]:
        """Identity of each row: topic, post, and the number of the repetition where a topic has the post twice."""
        seen: Counter[tuple[str, str]] = Counter()
        keys = []
        for pair in zip(self.topic_ids, self.posts, strict=True):
            keys.append((*pair, seen[pair]))
            seen[pair] += 1
        return keys

    def posts_by_topic(self) -> dict[str, tuple[str, ...]]:
        """Map each topic's id to its posts, in the order of the FAQ."""
        starts, ends = self.starts.tolist(), self._ends.tolist()
        return {name: self.posts[start:end] for name, start, end in zip(self.ids, starts, ends, strict=True)}

    def __len__(self) -> int:
        return len(self.posts)

    def hits_in_order(self, rows: npt.NDArray[np.int64], scores: npt.NDArray[np.float32]) -> list[Hit]:
        """Convert rows of different topics, best first, to hits. *Shape:* both ``(n,)``."""
        return [
            Hit(self.topic_ids[row], self.posts[row], min(max(score, 0.0), 1.0))
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        ]

    def hits(self, rows: Iterable[int], scores: npt.NDArray[np.float32], top_k: int) -> list[Hit]:
        """Return the best post of each topic among scored rows. *Shape:* `scores` ``(len(rows),)``."""
        best: dict[str, Hit] = {}
        for score, row in sorted(zip(scores.tolist(), rows, strict=True), key=lambda pair: (-pair[0], pair[1])):
            if len(best) == top_k:
                break
            topic_id = self.topic_ids[row]
            if topic_id not in best:
                best[topic_id] = Hit(topic_id, self.posts[row], min(max(score, 0.0), 1.0))
        return list(best.values())
