"""Corpora of questions by topic, from which FAQs of any size are simulated.

Beside the measuring data (`../shared/data`), English corpora are read from a folder of JSON files ``{topic: [texts]}``,
where they are there: `chitchat_en` (Microsoft's chit-chat topics, MIT), `hwu64` (Liu et al. 2019, *Benchmarking Natural
Language Understanding Services for Building Conversational Agents*, CC BY 4.0), `rasa_demo_en` (Rasa's own assistant,
Apache 2.0), `stackfaq_en` (Karan and Šnajder 2018, CC BY-SA), `acid` (Acharya and Fung 2020, no licence stated); and to
report on only, the shops of HINT3 (`curekart`, `powerplay11`, `sofmattress`; Arora et al. 2020, ODbL), which are asked
what their users wrote.

The demo FAQ, both chit-chats and `stackfaq_en` have answers: each topic of a simulated FAQ then has one of them.

Groups of sentences that labelled pairs join are topics too, except the bank's: many of its groups ask the same, since
not all pairs are labelled.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from faq_component.evaluation.pairs import read_pairs
from faq_component.evaluation.queries import halves, load_queries
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.knowledge.responses import text_of
from faq_component.knowledge.topics import Topic
from faq_component.text import comparison_key

_QUESTIONS = 0.3  # share of a topic's texts that are asked, where a corpus has no questions of its own
_FAR = 600  # far messages of a corpus
_KNOWN, _UNKNOWN = 160, 80  # questions of each kind that a simulated FAQ is asked
SHOPS = ("curekart", "powerplay11", "sofmattress")
_ENGLISH = {
    "chitchat_en": "chitchat",
    "hwu64": "home",
    "rasa_demo_en": "rasa_demo",
    "stackfaq_en": "stackfaq",
    "acid": "insurance",
}

Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Corpus:
    """Posts and questions by topic, and messages that no topic answers.

    Corpora of one `family` cover the same domains: none of them may teach what is judged on another. `unanswered` are
    users' messages within its domain that are of none of its topics. `answers` of topics are there in some.
    """

    name: str
    family: str
    posts: Texts
    questions: Texts
    far: Sequence[str]
    unanswered: Sequence[str] = ()
    answers: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Simulated:
    """An FAQ drawn from a corpus; known questions with their topics, questions of removed topics, and far messages."""

    faq: Faq
    known: Sequence[tuple[str, str]]
    removed: Sequence[str]
    far: Sequence[str]


def simulate(corpus: Corpus, topics: int | None, posts: int | None, seed: int) -> Simulated:
    """Draw an FAQ of at most three quarters of the topics, with a number of posts each; None takes all there are.

    A topic gets one of its answers, where the corpus has any. What is drawn depends on the arguments alone.
    """
    draw = random.Random(f"{corpus.name} {topics} {posts} {seed}")
    names = draw.sample(sorted(corpus.posts), len(corpus.posts))
    most = max(round(0.75 * len(names)), 1)
    kept, gone = names[: min(topics or most, most)], names[most:]
    drawn = {name: draw.sample(list(corpus.posts[name]), min(posts or 10**6, len(corpus.posts[name]))) for name in kept}
    choose = random.Random(f"{corpus.name} {topics} {posts} {seed} answers")  # leaves the other draws as they were
    faq = Faq.of(
        Topic(name, name, tuple(drawn[name]), (choose.choice(corpus.answers.get(name) or ("",)),))
        for name in sorted(kept)
    )
    known = [(text, name) for name in kept for text in corpus.questions.get(name, ())]
    removed = [*(text for name in gone for text in corpus.questions.get(name, ())), *corpus.unanswered]
    return Simulated(
        faq,
        draw.sample(known, min(_KNOWN, len(known))),
        draw.sample(removed, min(_UNKNOWN, len(removed))),
        draw.sample(list(corpus.far), min(_UNKNOWN, len(corpus.far))),
    )


def read_corpora(data: Path, english: Path, role: str) -> dict[str, Corpus]:
    """Read every corpus; `role` is ``dev`` to choose and fit on, or ``test`` to report on."""
    topics, pairs = data / "topics", data / "pairs"
    part = ("dev", "test").index(role)
    found = [
        _demo(part),
        _chitchat(topics / "chitchat_zh.json", part),
        Corpus(
            "massive_zh",
            "home",
            _read(topics / "massive_zh_train.json"),
            _read(topics / f"massive_zh_{role}.json"),
            _far(pairs, ("bq_dev", "medical_train"), part),
        ),
        Corpus(
            "clinc150",
            "clinc150",
            _read(topics / "clinc150_train.json"),
            _read(topics / f"clinc150_{'val' if role == 'dev' else 'test'}.json"),
            _out_of_scope(topics, role),
        ),
    ]
    for name, family, fewest in (("epidemic_train", "epidemic", 3), ("lcqmc_dev", "lcqmc", 2), ("oppo_dev", "oppo", 2)):
        found.append(_split(name, family, clusters(pairs / f"{name}.tsv.gz", fewest), part))
    for name, family in _ENGLISH.items():
        if (english / f"{name}.json").exists():
            answers = english / f"{name}_answers.json"
            corpus = _split(name, family, _read(english / f"{name}.json"), part)
            found.append(replace(corpus, answers=_read(answers)) if answers.exists() else corpus)
    if role == "test":
        found.extend(_shops(english))
    others = {corpus.name: corpus for corpus in found}
    strangers = {
        "chitchat_zh": ("bq_dev", "medical_train"),
        "epidemic_train": ("lcqmc_dev", "oppo_dev"),
        "lcqmc_dev": ("bq_dev", "medical_train"),
        "oppo_dev": ("bq_dev", "medical_train"),
    }
    far = {name: _far(pairs, files, part) for name, files in strangers.items()}
    if "hwu64" in others:
        home = [text for name, texts in others["hwu64"].questions.items() if "general" not in name for text in texts]
        for name in (*_ENGLISH, *SHOPS):
            far[name] = halves(sorted(home))[part][:_FAR]
        far["hwu64"] = halves(sorted(_flat(others["rasa_demo_en"].posts)))[part][:_FAR]
    return {name: replace(corpus, far=far.get(name, corpus.far)) for name, corpus in others.items()}


def clusters(file: Path, fewest: int) -> dict[str, list[str]]:
    """Return the groups of sentences that pairs of a file join, those of at least `fewest` sentences."""
    leader: dict[str, str] = {}

    def find(text: str) -> str:
        while leader.setdefault(text, text) != text:
            leader[text] = leader[leader[text]]
            text = leader[text]
        return text

    for pair in read_pairs(file):
        first, second = find(pair.first), find(pair.second)
        if pair.same:
            leader[first] = second
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for text in list(leader):
        groups[find(text)].append(text)
    distinct = {name: list({comparison_key(text): text for text in texts}.values()) for name, texts in groups.items()}
    return {name: texts for name, texts in distinct.items() if len(texts) >= fewest}


def _demo(part: int) -> Corpus:
    faq = load_faq("data/faq")
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for query in halves(load_queries("data/held_out.json", faq))[part]:
        asked[query.topic_id or ""].append(query.text)
    far = json.loads(Path("data/out_of_scope.json").read_text(encoding="utf-8"))["far"]
    return Corpus("demo", "demo", _of_faq(faq), asked, halves(far)[part], answers=_answers_of(faq))


def _chitchat(file: Path, part: int) -> Corpus:
    faq = load_faq(file, responses_required=False)
    return replace(_split("chitchat_zh", "chitchat", _of_faq(faq), part), answers=_answers_of(faq))


def _split(name: str, family: str, topics: Texts, part: int) -> Corpus:
    """Make a corpus without questions of its own: a share of each topic's texts is asked, half of it in each role."""
    posts, questions = {}, {}
    for number, (topic, texts) in enumerate(sorted(topics.items())):
        shuffled = random.Random(f"{name} {topic}").sample(list(texts), len(texts))
        count = max(1, round(_QUESTIONS * len(texts)))
        asked, posts[topic] = shuffled[:count], shuffled[count:]
        # One question cannot be halved: the topics then take turns.
        questions[topic] = halves(asked)[part] if count > 1 else asked if number % 2 == part else []
    return Corpus(name, family, posts, questions, ())


def _shops(english: Path) -> Iterator[Corpus]:
    for name in SHOPS:
        if (english / f"{name}.json").exists():
            asked = _read(english / f"{name}_asked.json")
            unanswered = asked.pop("", [])
            yield Corpus(name, "shops", _read(english / f"{name}.json"), asked, (), unanswered)


def _of_faq(faq: Faq) -> dict[str, list[str]]:
    return {topic.id: list(topic.posts) for topic in faq.topics}


def _answers_of(faq: Faq) -> dict[str, list[str]]:
    return {topic.id: [text for text in map(text_of, topic.responses) if text] for topic in faq.topics}


def _read(file: Path) -> dict[str, list[str]]:
    content: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return content


def _out_of_scope(topics: Path, role: str) -> list[str]:
    content = _read(topics / "clinc150_out_of_scope.json")
    return content["train"] + content["val"] if role == "dev" else content["test"]


def _far(pairs: Path, names: Iterable[str], part: int) -> list[str]:
    texts = [text for name in names for text in _sample(pairs / f"{name}.tsv.gz")]
    return halves(sorted(texts))[part]


def _sample(file: Path) -> list[str]:
    texts = sorted({text for pair in read_pairs(file) for text in (pair.first, pair.second)})
    return random.Random(0).sample(texts, min(_FAR, len(texts)))


def _flat(topics: Texts) -> Iterator[str]:
    for texts in topics.values():
        yield from texts
