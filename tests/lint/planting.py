"""Plants a hundred faults into a copy of the demo FAQ, of all kinds that people make, at places drawn by a seed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faq_component.assistant.build_encoders import build_post_encoder
from faq_component.assistant.build_text import build_rewriter
from faq_component.lint import Finding, lint
from faq_component.settings import load_settings
from tests.lint.wording import Wording

DEMO = ("chitchat.json", "shop.json")  # files of data/faq
# How many of each kind; a hundred together.
PLAN = {
    "number altered": 12,
    "answer with other numbers": 4,
    "topic split": 8,
    "post rephrased elsewhere": 14,
    "post copied elsewhere": 8,
    "posts swapped": 8,
    "all posts but one removed": 6,
    "placeholder": 8,
    "question as answer": 2,
    "empty answer": 2,
    "bracket": 12,
    "slot": 4,
    "link": 12,
}
RULES = {
    "number altered": {"contradiction"},
    "answer with other numbers": {"contradiction"},
    "topic split": {"same-topic"},
    "post rephrased elsewhere": {"near-post", "misplaced-post"},
    "post copied elsewhere": {"same-post"},
    "posts swapped": {"misplaced-post", "near-post"},
    "all posts but one removed": {"one-post"},
    "placeholder": {"placeholder"},
    "question as answer": {"placeholder"},
    "empty answer": {"format"},
    "bracket": {"braces"},
    "slot": {"slot"},
    "link": {"link"},
}
_BRACKETS = "（）“”《》【】()[]{}"
_UNITS = "小时|分钟|天|个工作日|工作日|年|元|积分|期|件|号|折|张|位"


@dataclass(frozen=True)
class Fault:
    """A planted fault: its kind, the topics concerned, and the texts of which a finding on it speaks."""

    kind: str
    topics: frozenset[str]
    texts: frozenset[str]

    def is_found_by(self, finding: Finding) -> bool:
        """Whether a finding is of the right rule, on the right topic and text."""
        return finding.rule in RULES[self.kind] and self.concerns(finding)

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding, of whatever rule, comes from this fault."""
        named = {finding.text, *(value for _, value in finding.facts)}
        return finding.topic in self.topics and (finding.rule == "format" or bool(named & self.texts))


@dataclass
class Planter:
    """Plants faults into `files`, the contents of FAQ files by name; each topic gets at most one."""

    files: dict[str, dict[str, Any]]
    wording: Wording
    seed: int
    chinese_numerals: bool = False
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        self.free = [title for content in self.files.values() for title in content]
        self.draw.shuffle(self.free)

    def plant(self) -> list[Fault]:
        """Plant all faults of the plan."""
        for kind, count in PLAN.items():
            plant = getattr(self, "_" + kind.replace(" ", "_"))
            for _ in range(count):
                topics, texts = plant()
                self.faults.append(Fault(kind, frozenset(topics), frozenset(texts)))
        return self.faults

    def write(self, folder: Path) -> None:
        """Write the files."""
        for name, content in self.files.items():
            (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=2), "utf-8")

    def _topic(self, title: str) -> dict[str, Any]:
        found: dict[str, Any] = next(content[title] for content in self.files.values() if title in content)
        return found

    def _file_of(self, title: str) -> dict[str, Any]:
        return next(content for content in self.files.values() if title in content)

    def _take(self, fits: Callable[[str], bool] = lambda title: True) -> str:
        """A topic without a fault yet."""
        title = next(title for title in self.free if fits(title))
        self.free.remove(title)
        return title

    def _pick_response(self, fits: Callable[[str], bool] = lambda text: True) -> tuple[str, list[str], int]:
        title = self._take(lambda title: any(fits(text) for text in self._topic(title)["resp"]))
        responses = self._topic(title)["resp"]
        return title, responses, self.draw.choice([at for at, text in enumerate(responses) if fits(text)])

    def _number_altered(self) -> tuple[set[str], set[str]]:
        """A number that two answers state is another in one of them, wherever it stands there."""

        def shared(title: str) -> list[str]:
            texts = self._topic(title)["resp"]
            stated = [set(_numbers(text)) for text in texts]
            return sorted({number for number in set().union(*stated) if sum(number in each for each in stated) > 1})

        title = self._take(lambda title: bool(shared(title)))
        number = self.draw.choice(shared(title))
        responses = self._topic(title)["resp"]
        at = self.draw.choice([at for at, text in enumerate(responses) if number in _numbers(text)])
        new = self._other_number(number)
        responses[at] = re.sub(rf"(?<![\d:.–-]){re.escape(number)}", new, responses[at])
        return {title}, set(responses)

    def _other_number(self, number: str) -> str:
        if "-" in number:  # a telephone number
            return number[:-1] + str((int(number[-1]) + self.draw.randint(1, 9)) % 10)
        if ":" in number:
            return self.draw.choice(["8:30–21:00", "9:00–18:00", "10:00–22:00", "8:00–20:00"])
        match = re.fullmatch(rf"(\d+)(?:–(\d+))?({_UNITS})", number)
        assert match
        low, high, unit = int(match[1]), match[2], match[3]
        if unit == "折":
            return self.draw.choice(["88折", "9折", "8折"])
        if high:
            more = self.draw.randint(2, 6)
            return f"{low + more}–{int(high) + more}{unit}"
        value = self.draw.choice([low * 2, low + 5, low + 10, max(1, low // 2) if low > 3 else low + 2])
        return (_chinese(value) if self.chinese_numerals else str(value)) + unit

    def _answer_with_other_numbers(self) -> tuple[set[str], set[str]]:
        title = self._take(lambda title: title in self.wording.contradicting)
        responses = self._topic(title)["resp"]
        responses[self.draw.randrange(len(responses))] = self.wording.contradicting[title]
        return {title}, set(responses)

    def _topic_split(self) -> tuple[set[str], set[str]]:
        """Half of the posts and some answers stand in a topic of another title."""
        old = self._take(lambda title: title in self.wording.retitled)
        new, topic = self.wording.retitled[old], self._topic(old)
        texts = {old, new, *topic["post"]}
        halves: dict[str, list[list[str]]] = {}
        for key in ("post", "resp"):
            items = self.draw.sample(topic[key], len(topic[key]))
            halves[key] = [items[: len(items) // 2], items[len(items) // 2 :]]
        topic["post"], topic["resp"] = halves["post"][1], halves["resp"][1]
        self._file_of(old)[new] = {"post": halves["post"][0], "resp": halves["resp"][0]}
        return {old, new}, texts

    def _post_rephrased_elsewhere(self) -> tuple[set[str], set[str]]:
        def known(title: str) -> list[str]:
            return [post for post in self._topic(title)["post"] if post in self.wording.rephrased]

        source = self._take(lambda title: bool(known(title)))
        post = self.draw.choice(known(source))
        target = self._take()
        self._insert(target, self.wording.rephrased[post])
        return {source, target}, {post, self.wording.rephrased[post]}

    def _post_copied_elsewhere(self) -> tuple[set[str], set[str]]:
        source, target = self._take(), self._take()
        post = self.draw.choice(self._topic(source)["post"])
        copy = self.draw.choice([post, post + "？", post.upper(), f" {post}。", post.replace(" ", "，")])
        self._insert(target, copy)
        return {source, target}, {post, copy}

    def _insert(self, title: str, post: str) -> None:
        posts = self._topic(title)["post"]
        posts.insert(self.draw.randint(0, len(posts)), post)

    def _posts_swapped(self) -> tuple[set[str], set[str]]:
        """Two topics of one file exchange a post."""
        first = self._take()
        second = self._take(lambda title: title in self._file_of(first))
        one, other = self._topic(first)["post"], self._topic(second)["post"]
        a, b = self.draw.randrange(len(one)), self.draw.randrange(len(other))
        one[a], other[b] = other[b], one[a]
        return {first, second}, {one[a], other[b]}

    def _all_posts_but_one_removed(self) -> tuple[set[str], set[str]]:
        title = self._take()
        topic = self._topic(title)
        topic["post"] = [self.draw.choice(topic["post"])]
        return {title}, set(topic["post"])

    def _placeholder(self) -> tuple[set[str], set[str]]:
        return self._replaced(lambda title, text: self.draw.choice(self.wording.placeholders))

    def _question_as_answer(self) -> tuple[set[str], set[str]]:
        return self._replaced(lambda title, text: self.draw.choice(self._topic(title)["post"]))

    def _empty_answer(self) -> tuple[set[str], set[str]]:
        return self._replaced(lambda title, text: self.draw.choice(["", "  "]))

    def _replaced(self, new: Callable[[str, str], str]) -> tuple[set[str], set[str]]:
        title, responses, at = self._pick_response()
        responses[at] = new(title, responses[at])
        return {title}, {responses[at]}

    def _bracket(self) -> tuple[set[str], set[str]]:
        """One of a pair is lost, or one too many is there."""
        if self.draw.random() < 0.7:
            title, responses, at = self._pick_response(lambda text: any(char in _BRACKETS for char in text))
            text = responses[at]
            place = self.draw.choice([place for place, char in enumerate(text) if char in _BRACKETS])
            responses[at] = text[:place] + text[place + 1 :]
        else:
            title, responses, at = self._pick_response()
            text = responses[at]
            place = self.draw.randint(1, len(text))
            responses[at] = text[:place] + self.draw.choice(_BRACKETS) + text[place:]
        return {title}, {responses[at]}

    def _slot(self) -> tuple[set[str], set[str]]:
        return self._added(self.wording.slots)

    def _link(self) -> tuple[set[str], set[str]]:
        return self._added(self.wording.links)

    def _added(self, sentences: tuple[str, ...]) -> tuple[set[str], set[str]]:
        title, responses, at = self._pick_response()
        sentence = self.draw.choice(sentences)
        responses[at] = self.draw.choice([sentence, f"{responses[at]}{sentence}", f"{sentence}{responses[at]}"])
        return {title}, {responses[at]}


def plant(folder: Path, wording: Wording, seed: int, *, chinese_numerals: bool) -> list[Fault]:
    """Write a copy of the demo FAQ with all faults of the plan into a folder."""
    files = {name: json.loads(Path("data/faq", name).read_text("utf-8")) for name in DEMO}
    planter = Planter(files, wording, seed, chinese_numerals)
    faults = planter.plant()
    planter.write(folder)
    return faults


def lint_folder(folder: Path | str) -> list[Finding]:
    """Apply all rules with the settings of the demo."""
    settings = load_settings()
    return lint(str(folder), lambda: build_post_encoder(settings), build_rewriter(settings))


def _numbers(text: str) -> Iterator[str]:
    """Telephone numbers, opening hours, and whole numbers with their units."""
    pattern = r"\d{3}-\d{3}-\d{4}|\d+:\d\d–\d+:\d\d|(?<![\d第–、.]){0}"
    found = re.findall(pattern.replace("{0}", rf"\d+(?:–\d+)?(?:{_UNITS})"), text)
    return iter(found)


def _chinese(value: int) -> str:
    digits = "零一二三四五六七八九"
    if value < 10:
        return "两" if value == 2 else digits[value]
    if value < 100:
        return ("" if value < 20 else digits[value // 10]) + "十" + (digits[value % 10] if value % 10 else "")
    if value % 100 == 0 and value < 1000:
        return digits[value // 100] + "百"
    return str(value)
