"""Completion while a user types: the posts of the knowledge base that fit what is typed."""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from faq_component.dialogue.scope import Scope
from faq_component.dialogue.words import NO_WORDS, Side
from faq_component.knowledge import options
from faq_component.knowledge.scope import topics_in
from faq_component.knowledge.topics import Faq
from faq_component.text import normalize

COMPLETED = 6  # questions
LONGEST = 100  # characters that are completed; a longer text is a message of its own
_WORDS = 8  # different ones that are compared, the longest
_PASSED = 25_000  # rows of any topic that hold the longest word, or begin with the text
_LOOKED_AT = 4_000  # rows with the longest word that are compared with the others, so that no text takes long

_END = "\n"  # in no normalised text
_MARKS = re.compile(r"[?？!！。.,，、;；:：~～…\s]+")
_LATIN = re.compile(r"[a-z0-9]")

Rewrite = Callable[[str], str]


@dataclass(frozen=True)
class Completion:
    """A question that what is typed may become.

    Args:
        topic: id of the topic that answers it.
        title: of the topic.
        text: the question, a post of the topic.
    """

    topic: str
    title: str
    text: str

    def to_json(self) -> dict[str, str]:
        """Convert to JSON values."""
        return {"topic": self.topic, "title": self.title, "text": self.text}


class Completions:
    """Completes texts over the newest knowledge base that it was given; safe for several threads.

    Args:
        rewrite: of all texts before comparison, such as traditional characters to simplified ones.
    """

    def __init__(self, rewrite: Rewrite) -> None:
        self._rewrite = rewrite
        self._building = threading.Lock()
        self._index: _Index | None = None

    def of(
        self,
        faq: Faq,
        text: str,
        count: int = COMPLETED,
        scope: Scope | None = None,
        bot: Side = NO_WORDS.bot,
    ) -> list[Completion]:
        """Return at most `count` questions that hold a text's eight longest words, one of each topic that is on.

        Those that begin with the text come first, then those that hold its words, then those of topics whose title
        holds them; of equals the shorter ones. A word of Chinese may stand anywhere, one of Latin letters at the
        beginning of a word. An empty text, and one of more than 100 characters, is completed to nothing.
        A question that holds a word of `bot`, or whose title does, is left out.

        Raises:
            ScopeError: no topic has one of the tags.
        """
        within = None if scope is None else topics_in(scope, faq)
        if len(text) > LONGEST:
            return []
        typed = _plain(self._rewrite(text))
        return self._indexed(faq).complete(typed, faq, count, within, bot) if typed else []

    def prepare(self, faq: Faq) -> threading.Thread:
        """Take in a knowledge base in a thread of its own, which is returned."""
        thread = threading.Thread(target=self._take_in, args=(faq,), daemon=True)
        thread.start()
        return thread

    def _indexed(self, faq: Faq) -> _Index:
        """Return the index of a knowledge base; while an edit is taken in, that of the one before."""
        index = self._index
        if index is None:
            return self._take_in(faq)
        if index.version != faq.version and not self._building.locked():
            self.prepare(faq)
        return index

    def _take_in(self, faq: Faq) -> _Index:
        with self._building:
            if self._index is None or self._index.version != faq.version:
                self._index = _Index(faq, self._rewrite)
            return self._index


class _Index:
    """All posts, the shortest first, in one text in which Python searches fast."""

    def __init__(self, faq: Faq, rewrite: Rewrite) -> None:
        self.version = faq.version
        self._posts = _Rows([(_plain(rewrite(post)), topic.id, post) for topic in faq.topics for post in topic.posts])
        titled = [(_plain(rewrite(topic.title)), topic.id, topic.posts[0]) for topic in faq.topics if topic.posts]
        self._titles = _Rows(titled)

    def complete(self, typed: str, faq: Faq, count: int, within: Container[str] | None, bot: Side) -> list[Completion]:
        """Complete among the topics that are answered now by a knowledge base, which may be newer than this index."""
        found: list[Completion] = []
        seen: set[str] = set()
        now = options.now()
        for topic_id, post in self._matches(typed, lambda one: one not in seen and (within is None or one in within)):
            topic = faq.by_id.get(topic_id)
            if topic is not None and bot.passing(topic.title, post) is not None:
                continue
            seen.add(topic_id)
            if topic is not None and topic.options.active(now):
                found.append(Completion(topic_id, topic.title, post))
                if len(found) == count:
                    break
        return found

    def _matches(self, typed: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        """Yield id of the topic and post, the best first, of topics that are wanted when they come."""
        words = sorted(dict.fromkeys(typed.split()), key=len, reverse=True)[:_WORDS]
        yield from self._posts.beginning(typed, wanted)
        yield from self._posts.holding(words, wanted)
        yield from self._titles.holding(words, wanted)


class _Rows:
    """Rows of a plain text, the id of a topic and a post.

    *Complexity:* a search passes over the texts once, and stops where its caller does.
    """

    def __init__(self, rows: list[tuple[str, str, str]]) -> None:
        self._rows = sorted(rows, key=lambda row: len(row[0]))
        self._text = "".join(f"{_END}{plain}" for plain, _topic, _post in self._rows) + _END
        self._starts, place = [], 0
        for plain, _topic, _post in self._rows:
            self._starts.append(place)
            place += len(plain) + 1

    def beginning(self, typed: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        """Yield the rows of wanted topics that begin with a text."""
        passed, place = 0, self._text.find(_END + typed)
        while place >= 0 and passed < _PASSED:
            passed += 1
            _plain, topic_id, post = self._rows[bisect_right(self._starts, place) - 1]
            if wanted(topic_id):
                yield topic_id, post
            place = self._text.find(_END + typed, place + 1)

    def holding(self, words: list[str], wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        """Yield the rows of wanted topics that hold every word, of the first `_LOOKED_AT` that hold the first."""
        first, *others = map(_expression, words)
        looked_at, passed, place = 0, 0, self._text.find(words[0])
        while place >= 0 and looked_at < _LOOKED_AT and passed < _PASSED:
            row = bisect_right(self._starts, place) - 1
            plain, topic_id, post = self._rows[row]
            if wanted(topic_id) and first.search(plain):
                looked_at += 1
                if all(other.search(plain) for other in others):
                    yield topic_id, post
            passed += 1
            place = self._text.find(words[0], self._starts[row] + 1 + len(plain))


def _plain(text: str) -> str:
    """Normalise a text, with a space for each run of marks."""
    return _MARKS.sub(" ", normalize(text)).strip()


def _expression(word: str) -> re.Pattern[str]:
    """Compile a search for a word; one that begins with a Latin letter or digit is not looked for within another."""
    return re.compile(("(?<![a-z0-9])" if _LATIN.match(word) else "") + re.escape(word))
