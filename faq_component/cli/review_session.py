"""The review in a terminal: one cluster after the other, each decision done at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from rich.markup import escape
from rich.table import Table

from faq_component.assistant.assistant import Assistant
from faq_component.cli.console import OUT, say
from faq_component.errors import FaqError, ReviewError
from faq_component.knowledge import counts
from faq_component.knowledge.responses import text_of
from faq_component.knowledge.store import FaqStore
from faq_component.knowledge.topics import Topic
from faq_component.language import N_, _, listed, ngettext
from faq_component.text import normalize
from faq_component.usage.clusters import Cluster, Nearest
from faq_component.usage.log import UsageLog
from faq_component.usage.resolve import Action, Resolution, Step, resolve_one, undo

_MOST_SHOWN = 12
_HELP = N_(
    "number: to that topic  t: another topic  n: new topic  o: out of scope  d: done elsewhere  s: skip  u: undo the "
    "last one  q: quit"
)


class _QuitError(Exception):
    """The user wants no more, or the input has ended."""


class ReviewSession:
    """Shows clusters and does what is typed; what is accepted is in the FAQ before the next one is shown."""

    def __init__(
        self,
        clusters: Sequence[Cluster],
        store: FaqStore,
        log: UsageLog,
        assistant: Assistant,
        *,
        who: str,
    ) -> None:
        self._clusters = clusters
        self._faq = assistant.faq
        self._store = store
        self._log = log
        self._assistant = assistant
        self._who = who
        self._done: Counter[Action] = Counter()
        self._at = 0
        self._steps: list[tuple[int, Step]] = []

    def run(self) -> None:
        """Go through the clusters until the end, ``q`` or the end of the input."""
        try:
            while self._at < len(self._clusters):
                self._show(self._at + 1, self._clusters[self._at])
                self._decide(self._clusters[self._at])
        except _QuitError:
            say("")
        done = listed(f"{_(action.value)} {count}" for action, count in (+self._done).items())
        say(_("questions reviewed: {numbers}").format(numbers=done or _("none")))

    def _show(self, number: int, cluster: Cluster) -> None:
        reasons: Counter[str] = Counter()
        for question in cluster.questions:
            reasons.update({reason.value: count for reason, count in question.reasons.items()})
        why = listed(f"{count} {_(reason)}" for reason, count in reasons.items())
        say("")
        say(
            _("{number} of {all}: {times}, last on {date} ({why})").format(
                number=number,
                all=len(self._clusters),
                times=_times(cluster.count),
                date=cluster.last_seen[:10],
                why=why,
            )
        )
        for place, question in enumerate(cluster.questions[:_MOST_SHOWN], 1):
            times = f"  ({_times(question.count)})" if question.count > 1 else ""
            say(f"  {place}) {question.text}{times}")
            for comment in question.comments:
                say("     " + _("“{comment}”").format(comment=" ".join(comment.split())))
        if len(cluster.questions) > _MOST_SHOWN:
            say(
                "  "
                + _("and {count} more, which stay for the next review").format(
                    count=len(cluster.questions) - _MOST_SHOWN
                )
            )
        table = Table("", _("score"), _("topic"), _("answer"), _("users"))
        for place, near in enumerate(cluster.nearest, 1):
            cells = (near.title, self._answer(near), _said(near))
            table.add_row(str(place), f"{near.score:.3f}", *map(escape, cells))
        if cluster.nearest:
            OUT.print(table)

    def _answer(self, near: Nearest) -> str:
        topic = self._faq.by_id.get(near.topic_id)
        text = text_of(topic.responses[0]) if topic and topic.responses else ""
        return text[:30] + "…" if len(text) > 30 else text

    def _decide(self, cluster: Cluster) -> None:
        """Ask until something is decided on the cluster; what fails is told, and asked again."""
        while True:
            said = self._ask(_(_HELP))
            try:
                if said == "q":
                    raise _QuitError
                if said == "u":
                    self._undo()
                    return
                if said == "s" or self._do(said, cluster):
                    self._at += 1
                    return
            except FaqError as error:
                say(str(error))

    def _do(self, said: str, cluster: Cluster) -> bool:
        """Do what was typed; false where it was nothing, or taken back."""
        choices: dict[str, Callable[[Cluster], Resolution | None]] = {
            "t": self._to_another,
            "n": self._to_new,
            "o": lambda cluster: Resolution(Action.OUT_OF_SCOPE, self._which(cluster)),
            "d": lambda cluster: Resolution(Action.DONE, self._which(cluster)),
        }
        if said in choices:
            resolution = choices[said](cluster)
        elif said.isdecimal() and 1 <= int(said) <= len(cluster.nearest):
            near = cluster.nearest[int(said) - 1]
            resolution = Resolution(Action.ADD, self._which(cluster), near.title)
        else:
            return False
        if resolution is None or not resolution.texts:
            return False
        step = resolve_one(resolution, self._store, self._log, who=self._who)
        self._faq = self._store.load()
        self._steps.append((self._at, step))
        self._done[resolution.action] += len(resolution.texts)
        where = f" '{resolution.title}'" if resolution.title else ""
        say(f"{_(resolution.action.value)}{where}: {counts.questions(len(resolution.texts))}")
        return True

    def _undo(self) -> None:
        """Take the last decision back, and show its cluster again."""
        if not self._steps:
            raise ReviewError([_("nothing has been decided yet")])
        at, step = self._steps[-1]
        self._faq = undo(step, self._store, self._log, who=self._who)
        self._steps.pop()
        self._at = at
        self._done[step.resolution.action] -= len(step.resolution.texts)
        say(_("undone"))

    def _to_another(self, cluster: Cluster) -> Resolution | None:
        words = self._ask(_("words of the topic (empty: back)"))
        if not words:
            return None
        topics = self._find(words)
        for place, topic in enumerate(topics, 1):
            say(f"  {place}  {topic.title}")
        said = self._ask(_("number of the topic (empty: back)")) if topics else ""
        if not (said.isdecimal() and 1 <= int(said) <= len(topics)):
            return None
        return Resolution(Action.ADD, self._which(cluster), topics[int(said) - 1].title)

    def _find(self, words: str) -> list[Topic]:
        """The topics whose title holds all words, then those found by meaning."""
        wanted = normalize(words).split()
        titled = [topic for topic in self._faq.topics if all(word in normalize(topic.title) for word in wanted)]
        found = [self._faq.by_id[h.topic_id] for h in self._assistant.search(words, 9) if h.topic_id in self._faq.by_id]
        return list({topic.id: topic for topic in [*titled[:9], *found]}.values())[:9]

    def _to_new(self, cluster: Cluster) -> Resolution | None:
        title = self._ask(_("title of the new topic (empty: back)"))
        answer = self._ask(_("answer (empty: back)")) if title else ""
        return Resolution(Action.NEW_TOPIC, self._which(cluster), title, answer) if answer else None

    def _which(self, cluster: Cluster) -> tuple[str, ...]:
        """The wordings that are meant; those that are not stay for the next review."""
        texts = cluster.texts[:_MOST_SHOWN]
        while len(texts) > 1:
            said = self._ask(_("which questions, such as 1 3 (empty: all that are shown)"))
            numbers = said.replace(",", " ").replace("，", " ").split()
            if all(number.isdecimal() and 1 <= int(number) <= len(texts) for number in numbers):
                return tuple(dict.fromkeys(texts[int(number) - 1] for number in numbers)) or texts
            say(_("write numbers from 1 to {count}").format(count=len(texts)))
        return texts

    def _ask(self, prompt: str) -> str:
        say(prompt)
        try:
            return OUT.input("> ").strip()
        except EOFError:
            raise _QuitError from None


def _said(near: Nearest) -> str:
    said = ((_("{count} picked it"), near.picked), (_("{count} found it not useful"), near.useless))
    return listed(text.format(count=count) for text, count in said if count)


def _times(count: int) -> str:
    return ngettext("{count} time", "{count} times", count).format(count=count)
