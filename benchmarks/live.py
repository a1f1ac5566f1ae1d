"""Edits of the FAQ under conversation: the delay until each is live, and replies that fail or mix versions.

`python -m benchmarks.live` copies the checkout, starts a real Rasa server and a real action server on it, and edits the
copy's FAQ 100 times, each time as soon as the last edit is live, while two users ask without a pause. Every reply is
compared with the version of the FAQ on which Rasa decided. It prints the machine, the versions and the figures.

`python -m benchmarks.live --posts 20000` instead changes ten posts of an FAQ of 20,000, five times, without Rasa.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.machine import machine
from faq_component.assistant.live import LiveFaq
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.store import FileStore
from faq_component.knowledge.store.file_form import dump_topics, topic_to_json
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings
from tests.servers import Bot, copy_checkout, new_sender

QUESTION, OTHER = "今天的口令是什么", "10点了，我要睡觉了"
DEADLINE = 60.0  # seconds after which an edit is given up
LARGE = 5  # edits of a large FAQ
_TURN = 20  # messages of a conversation


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--posts", type=int, help="number of posts of an FAQ to measure instead, without Rasa")
    arguments = parser.parse_args()
    print(machine("rasa", "faiss-cpu"))
    with tempfile.TemporaryDirectory() as folder:
        if arguments.posts:
            seconds = large(Path(folder), arguments.posts)
            print(f"{arguments.posts:,} posts, ten changed, {len(seconds)} times: {_summary(seconds)}")
            return
        checkout = copy_checkout(Path(folder) / "checkout")
        with Bot(Path(folder), checkout) as bot:
            seconds, replies = play(bot, checkout / "data/faq", arguments.edits)
    print(f"{len(seconds)} edits, live after {_summary(seconds)}")
    print(f"{replies.right} replies correct, {len(replies.wrong)} failed or mixed {replies.wrong[:3]}")


def _summary(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s"


@dataclass
class Replies:
    """Replies that the users got."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, is_right: bool, said: str) -> None:
        """Count a reply, and keep a wrong one."""
        if is_right:
            self.right += 1
        else:
            self.wrong.append(said)


def play(bot: Bot, folder: Path, edits: int) -> tuple[list[float], Replies]:
    """Edit the FAQ under conversation; return the seconds until each edit was live, and the replies."""
    word_of: dict[str, int] = {}
    replies = Replies()
    seen, stop = threading.Event(), threading.Event()
    newest = 0

    def talk() -> None:
        allowed = set(load_faq(folder).by_id["good_night"].responses)
        while not stop.is_set():
            sender = new_sender()
            for _ in range(_TURN):
                said = [message.get("text") for message in bot.say(QUESTION, sender)]
                decided = word_of.get(bot.latest_message(sender).get("faq", {}).get("version", ""))
                replies.count(said == [f"口令：{decided}"], f"{said} on version {decided}")
                if said == [f"口令：{newest}"]:
                    seen.set()
                other = [message.get("text") for message in bot.say(OTHER, sender)]
                replies.count(len(other) == 1 and other[0] in allowed, str(other))

    store, seconds = FileStore(folder), []
    word_of[edit(store, 0).version] = 0
    time.sleep(5)
    users = [threading.Thread(target=talk, daemon=True) for _ in range(2)]
    for user in users:
        user.start()
    for number in range(1, edits + 1):
        newest = number
        seen.clear()
        begun = time.monotonic()
        word_of[edited(store.load(), number).version] = number
        edit(store, number)
        if not seen.wait(DEADLINE):
            raise RuntimeError(f"edit {number} was not live after {DEADLINE:.0f} s")
        seconds.append(time.monotonic() - begun)
    stop.set()
    for user in users:
        user.join()
    return seconds, replies


def edit(store: FileStore, number: int) -> Faq:
    """Make an edit that changes the password in the answer."""
    return store.edit(lambda faq: edited(faq, number), who="benchmark", what=f"word {number}")


def edited(faq: Faq, number: int) -> Faq:
    """Return the FAQ with this password, and a post that is new each time."""
    word = Topic("pass_word", "口令", (QUESTION, f"第{number}次问口令"), (f"口令：{number}",))
    return Faq.of([*(topic for topic in faq.topics if topic.id != word.id), word])


def large(folder: Path, posts: int) -> list[float]:
    """Change ten posts of a large FAQ, some times; return the seconds from the end of each edit until it is in use."""
    demo = load_faq("data/faq")
    per_topic = posts // len(demo.topics)
    topics = {
        topic.title: topic_to_json(
            replace(topic, posts=tuple(f"{topic.posts[n % len(topic.posts)]}，{n}号" for n in range(per_topic)))
        )
        for topic in demo.topics
    }
    (folder / "faq.json").write_bytes(dump_topics(topics))
    settings = Settings(faq=str(folder / "faq.json"), cache_dir=str(folder / "cache"))
    live, store, seconds = LiveFaq(settings, "benchmark"), FileStore(settings.faq), []

    def change(faq: Faq) -> Faq:
        changed = [replace(topic, posts=(f"{topic.posts[0]}改", *topic.posts[1:])) for topic in faq.topics[:10]]
        return Faq.of([*changed, *faq.topics[10:]])

    for _ in range(LARGE):
        version_wanted = store.edit(change, who="benchmark", what="ten posts").version
        begun = time.monotonic()
        while live.current.faq.version != version_wanted:
            time.sleep(0.01)
        seconds.append(time.monotonic() - begun)
        while not live.current.fitted:  # wait for the fit of the decision rule, which would slow down the next edit
            time.sleep(0.1)
    live.close()
    return seconds


if __name__ == "__main__":
    main()
