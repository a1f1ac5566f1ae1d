"""Kill -9 at random moments of every kind of writing: ``python -m benchmarks.kills --times 1000``.

A process writes again and again: an edit of several files, an edit of a database, the usage log, a status. It is killed
after a random time, and what it left is read: as it was before or after the write, never damaged.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.status import LiveStatus, read_statuses
from faq_component.knowledge.store import open_store
from faq_component.knowledge.topics import Faq
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog

_MOST_SECONDS = 0.4  # after the first write


def _edited(number: int) -> Callable[[Faq], Faq]:
    return lambda faq: Faq.of(replace(topic, posts=(topic.posts[0], f"{topic.id}/{number}")) for topic in faq.topics)


def _place(kind: str, folder: Path) -> str:
    return str(folder) if kind == "files" else f"sqlite:///{folder / 'faq.sqlite'}"


def _make(kind: str, folder: Path) -> None:
    topics = {f"主题{n}": {"id": f"t{n}", "post": [f"问{n}", f"t{n}/0"], "resp": [f"答{n}"]} for n in range(20)}
    for part in range(2):
        own = {title: topic for title, topic in topics.items() if list(topics).index(title) % 2 == part}
        (folder / f"{part}.json").write_text(json.dumps(own, ensure_ascii=False), "utf-8")
    if kind == "database":
        open_store(_place(kind, folder)).create(load_faq(folder), who="kills", what="create")


def _write(kind: str, folder: Path) -> None:
    """Write until killed; the first line of output says that writing has begun."""
    print("begun", flush=True)
    faq = load_faq(folder)
    for number in count(1):
        if kind in ("files", "database"):
            open_store(_place(kind, folder)).edit(_edited(number), who="kills", what=str(number))
        elif kind == "log":
            UsageLog(folder / "usage.sqlite").append([Event(Kind.DECISION, "answer", text=str(number))] * 20)
        else:
            LiveStatus(str(folder), "kills").report(faq, [str(number)])


def _fault(kind: str, folder: Path) -> str | None:
    """Say what is wrong with what a killed process left; None where nothing is."""
    if kind in ("files", "database"):
        store = open_store(_place(kind, folder))
        said = {topic.posts[1].partition("/")[2] for topic in store.load().topics}
        if len(said) != 1:
            return f"two edits are mixed: {said}"
        after = store.edit(_edited(0), who="kills", what="after")
        return None if all(topic.posts[1].endswith("/0") for topic in after.topics) else "the next edit failed"
    if kind == "log":
        counts = Counter(event.text for event in UsageLog(folder / "usage.sqlite").events())
        return None if set(counts.values()) <= {20} else "a part of some events was written"
    read_statuses(str(folder))
    left = list((folder / "status").glob("*.json"))
    return None if not left else "a status of a dead process was kept"


KINDS = ("files", "database", "log", "status")


def kill_once(kind: str, seed: int) -> str | None:
    """Kill a writer once; return what is wrong with what it left."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _make(kind, folder)
        command = [sys.executable, "-m", "benchmarks.kills", "--write", kind, name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) as writer:
            if writer.stdout is not None:  # a pipe, always
                writer.stdout.readline()
            time.sleep(draw.random() * _MOST_SECONDS)
            writer.send_signal(signal.SIGKILL)
        try:
            return _fault(kind, folder)
        except Exception as error:
            return f"{type(error).__name__}: {error}"


def main() -> int:
    """Kill writers, and print how many left something damaged."""
    parser = argparse.ArgumentParser(description="kill writers at random moments")
    parser.add_argument("--times", type=int, default=100, help="kills of all kinds together (100)")
    parser.add_argument("--write", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        _write(arguments.write[0], Path(arguments.write[1]))
    faults = [
        f"{kind}, kill {number}: {fault}"
        for number in range(arguments.times)
        if (fault := kill_once(kind := KINDS[number % len(KINDS)], number))
    ]
    for fault in faults:
        print(fault)
    print(f"{len(faults)} of {arguments.times} kills left damage")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
