"""Kill -9 at random moments of every kind of writing: ``python -m benchmarks.kills --times 1000``.

A process writes again and again: an edit of several files, an edit of a database, an import, a review, a draft that the
studio publishes at once or by a plan, the usage log, a status, derived files, conversations, an encoder that a fit puts
in place. It is killed after a random time, and what it left is read: as it was before or after the write, never
damaged.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any

from faq_component.cli import main as faq_command
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.status import LiveStatus, read_statuses
from faq_component.knowledge.store import FaqStore, open_store
from faq_component.knowledge.topics import Faq
from faq_component.settings import Settings
from faq_component.studio.drafts.changes import digest_of
from faq_component.studio.drafts.draft import Draft
from faq_component.studio.drafts.publisher import Publisher
from faq_component.support.artifacts import ArtifactStore
from faq_component.usage.events import Event, Kind
from faq_component.usage.log import UsageLog
from faq_component.usage.resolve import Action, Resolution, resolve

_TOPICS = 20
_CONTENT = b"derived " * 100_000
_EVENTS = 4  # of a turn of a conversation


@dataclass(frozen=True)
class Writing:
    """A kind of writing: what is there before, one write, and a sentence on what is wrong with what a kill left.

    A writer is killed within `seconds` after its first write, which therefore has to be there.
    """

    make: Callable[[Path], None]
    write: Callable[[Path, int], object]
    fault: Callable[[Path], str | None]
    seconds: float = 0.4


def _make_faq(folder: Path) -> None:
    """Write a FAQ of two files, each of whose topics has a post that names its last edit."""
    (folder / "faq").mkdir()
    for part in range(2):
        (folder / f"faq/{part}.json").write_text(_topics(0, part), "utf-8")


def _topics(edit: int, part: int) -> str:
    topics = {
        f"主题{number}": {"id": f"t{number}", "post": [f"问{number}", f"t{number}/{edit}"], "resp": [f"答{number}"]}
        for number in range(part, _TOPICS, 2)
    }
    return json.dumps(topics, ensure_ascii=False)


def _make_database(folder: Path) -> None:
    _make_faq(folder)
    _database(folder).create(load_faq(folder / "faq"), who="kills", what="create")


def _files(folder: Path) -> FaqStore:
    return open_store(str(folder / "faq"))


def _database(folder: Path) -> FaqStore:
    return open_store(f"sqlite:///{folder / 'faq.sqlite'}")


def _edit(store: FaqStore, number: int) -> Faq:
    def edited(faq: Faq) -> Faq:
        return Faq.of(replace(topic, posts=(topic.posts[0], f"{topic.id}/{number}")) for topic in faq.topics)

    return store.edit(edited, who="kills", what=str(number))


def _fault_of_faq(store: FaqStore) -> str | None:
    said = {topic.posts[1].partition("/")[2] for topic in store.load().topics}
    if len(said) != 1:
        return f"two edits are mixed: {said}"
    if said == {"0"}:
        return "the first edit is missing"
    after = _edit(store, 0)
    return None if all(topic.posts[1].endswith("/0") for topic in after.topics) else "the next edit failed"


def _import(folder: Path, number: int) -> None:
    for part in range(2):
        (folder / f"new{part}.json").write_text(_topics(number, part), "utf-8")
    files = [str(folder / f"new{part}.json") for part in range(2)]
    with redirect_stdout(sys.stderr):  # the first line of output says that writing has begun
        status = faq_command(["import", "--replace", "--yes", "--faq", str(folder / "faq"), *files])
    if status:
        raise RuntimeError(f"the import ended with {status}")


def _review(folder: Path, number: int) -> Faq:
    questions = [Resolution(Action.ADD, (f"t{topic}/{number}",), f"主题{topic}") for topic in range(_TOPICS)]
    return resolve(questions, _files(folder), UsageLog(folder / "usage.sqlite"), who="kills")


def _fault_of_review(folder: Path) -> str | None:
    topics = _files(folder).load().topics
    if len({len(topic.posts) for topic in topics}) != 1:
        return "a part of the questions became posts"
    closed = Counter(event.text.partition("/")[2] for event in UsageLog(folder / "usage.sqlite").events())
    if set(closed.values()) != {_TOPICS}:
        return "a part of the questions was closed, or none"
    posts = {post for topic in topics for post in topic.posts}
    lost = [number for number in closed if f"t0/{number}" not in posts]
    return f"questions are closed and no posts: {lost}" if lost else None


def _publish(place: str, folder: Path, number: int, *, planned: bool = False) -> None:
    """Edit every topic in a draft of the studio, and publish that, by a plan that is due at once or without one."""
    draft = _draft(place, folder)

    def edited(faq: Faq) -> Faq:
        return Faq.of(replace(topic, posts=(topic.posts[0], f"{topic.id}/{number}")) for topic in faq.topics)

    draft.edit(edited, who="kills")
    seen = digest_of(draft.snapshot().state.changes)
    publisher = _publisher(draft)
    if planned:
        publisher.plan(datetime.now(timezone.utc), "UTC", who="kills", what=str(number), seen=seen)
        publisher.publish_due()
    else:
        publisher.publish(who="kills", what=str(number), seen=seen)


def _publisher(draft: Draft) -> Publisher:
    return Publisher(draft, lambda *_what, **_values: None)


def _draft(place: str, folder: Path) -> Draft:
    return Draft(Settings(faq=place, cache_dir=str(folder / "cache")))


def _fault_of_plan(place: str, folder: Path) -> str | None:
    """What is still planned becomes live as the next studio looks, once; else as `_fault_of_publishing`."""
    draft = _draft(place, folder)
    plan = draft.snapshot().state.plan
    for _ in range(2):
        _publisher(draft).publish_due()
    if plan is not None:
        live = {topic.posts[1].partition("/")[2] for topic in draft.snapshot().live.topics}
        if live != {plan.what}:
            return f"{plan.what} was planned, and {live} is live"
        whats = [version.what for version in draft.store.history(limit=None)]
        if whats.count(plan.what) > 1:
            return f"{plan.what} was published twice"
    return _fault_of_publishing(place, folder)


def _fault_of_publishing(place: str, folder: Path) -> str | None:
    """The published FAQ is whole, the draft is it or the edit after it, and the next publishing goes through."""
    snapshot = _draft(place, folder).snapshot()
    live, drafted = (
        {int(topic.posts[1].partition("/")[2]) for topic in faq.topics} for faq in (snapshot.live, snapshot.faq)
    )
    if len(live) != 1 or len(drafted) != 1:
        return f"two edits are mixed: {live} published, {drafted} in the draft"
    (published,), (edited,) = live, drafted
    if published < 1 or edited not in (published, published + 1):
        return f"edit {published} is published, and the draft has {edited}"
    if any(not notice.is_good and edited == published for notice in snapshot.state.notices):
        return "what is live is said not to be"
    _publish(place, folder, edited + 1)
    after = {topic.posts[1].partition("/")[2] for topic in open_store(place).load().topics}
    return None if after == {str(edited + 1)} else f"the next publishing failed: {after}"


def _log(folder: Path, number: int) -> None:
    UsageLog(folder / "usage.sqlite").append([Event(Kind.DECISION, "answer", text=str(number))] * 20)


def _fault_of_log(folder: Path) -> str | None:
    counts = Counter(event.text for event in UsageLog(folder / "usage.sqlite").events())
    return None if set(counts.values()) == {20} else "a part of some events was written, or none"


def _status(folder: Path, number: int) -> None:
    LiveStatus(str(folder), "kills").report(load_faq(folder / "faq"), [str(number)])


def _fault_of_status(folder: Path) -> str | None:
    if not list((folder / "status").glob("*.json")):
        return "no status was written"
    read_statuses(str(folder))
    return "a status of a dead process was kept" if list((folder / "status").glob("*.json")) else None


def _derived(folder: Path) -> ArtifactStore:
    return ArtifactStore(folder / "derived", "artefact", version=1)


def _fault_of_derived(folder: Path) -> str | None:
    read = [_derived(folder).read(str(number)) for number in range(4)]
    contents = {bytes(content) for content in read if content is not None}
    return None if contents == {_CONTENT} else "a derived file is damaged"


def _conversations(folder: Path) -> Any:
    """Return Rasa's store of conversations and a new tracker."""
    from faq_component.rasa.stand_ins import TensorFlowFinder

    if "tensorflow" not in sys.modules:  # starts ten times as fast
        sys.meta_path.insert(0, TensorFlowFinder())
    from rasa.shared.core.domain import Domain

    from faq_component.rasa import SqliteConversations

    return SqliteConversations(Domain.empty(), str(folder / "conversations.sqlite"))


_turns: list[Any] = []  # of the conversation that this process holds


def _say(folder: Path, number: int) -> None:
    if not _turns:
        _turns.append(_conversations(folder))
    from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    turn = [UserUttered(str(number)), ActionExecuted("a"), BotUttered(str(number)), ActionExecuted("action_listen")]
    _turns.extend(turn)
    asyncio.run(_turns[0].save(DialogueStateTracker.from_events("u", _turns[1:], domain=_turns[0].domain)))


def _fault_of_conversations(folder: Path) -> str | None:
    import sqlite3

    with sqlite3.connect(folder / "conversations.sqlite") as file:
        if file.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return "the file is damaged"
        said = [json.loads(data).get("text") for (data,) in file.execute("SELECT data FROM events ORDER BY id")]
    whole = [text for number in range(len(said) // _EVENTS) for text in (str(number + 1), None) * 2]
    return None if said and said == whole else f"a turn is incomplete or missing: {said[-_EVENTS:]}"


def _make_fits(folder: Path) -> None:
    """Make two fits, whose encoders replace each other."""
    import onnx

    from faq_component.encoders.metadata import EncoderMetadata

    shipped = Path("models/encoder")
    values = {key: value for key, value in vars(EncoderMetadata.read(shipped)).items() if key != "files"}
    for name in "ab":
        made = folder / name / "encoder"
        made.mkdir(parents=True)
        shutil.copyfile(shipped / "tokenizer.json", made / "tokenizer.json")
        model = onnx.load(str(shipped / "model.onnx"))
        model.producer_name = name
        onnx.save(model, str(made / "model.onnx"))
        EncoderMetadata.write(made, **{**values, "base": name})
    shutil.copytree(folder / "b/encoder", folder / "encoder")


def _place(folder: Path, number: int) -> None:
    from faq_component.evaluation.metrics import Interval
    from faq_component.training.fit_state import FitReport, FitState

    work = folder / "ab"[number % 2]
    (work / "fit.json").unlink(missing_ok=True)
    (folder / "last").write_text(work.name)
    state = FitState(work, folder / "encoder", {})
    state.finish(FitReport(0.5, 0.6, Interval(0.1, 0.0, 0.2), 0.01, 100, 1.0, placed=True))  # as `fit_encoder` does
    state.place()


def _fault_of_fit(folder: Path) -> str | None:
    from faq_component.encoders.onnx import OnnxEncoder
    from faq_component.training.fit_state import FitState

    work = folder / ((folder / "last").read_text() or "a")
    FitState(work, folder / "encoder", {}).place()  # as the next `faq fit` does
    placed, made = (OnnxEncoder(each).fingerprint for each in (folder / "encoder", work / "encoder"))
    return None if placed == made else "the fit cannot go on"


def _publishing(place: Callable[[Path], str], make: Callable[[Path], None], *, planned: bool = False) -> Writing:
    fault = _fault_of_plan if planned else _fault_of_publishing
    return Writing(
        make,
        lambda folder, number: _publish(place(folder), folder, number, planned=planned),
        lambda folder: fault(place(folder), folder),
        seconds=1,
    )


KINDS = {
    "files": Writing(
        _make_faq, lambda folder, n: _edit(_files(folder), n), lambda folder: _fault_of_faq(_files(folder))
    ),
    "database": Writing(
        _make_database, lambda folder, n: _edit(_database(folder), n), lambda folder: _fault_of_faq(_database(folder))
    ),
    "import": Writing(_make_faq, _import, lambda folder: _fault_of_faq(_files(folder)), seconds=1),
    "review": Writing(_make_faq, _review, _fault_of_review),
    "publish, files": _publishing(lambda folder: str(folder / "faq"), _make_faq),
    "publish, database": _publishing(lambda folder: f"sqlite:///{folder / 'faq.sqlite'}", _make_database),
    "planned, files": _publishing(lambda folder: str(folder / "faq"), _make_faq, planned=True),
    "planned, database": _publishing(lambda folder: f"sqlite:///{folder / 'faq.sqlite'}", _make_database, planned=True),
    "log": Writing(_make_faq, _log, _fault_of_log),
    "status": Writing(_make_faq, _status, _fault_of_status),
    "derived files": Writing(
        _make_faq, lambda folder, n: _derived(folder).write(str(n % 4), _CONTENT), _fault_of_derived
    ),
    "conversations": Writing(_make_faq, _say, _fault_of_conversations),
    "fit": Writing(_make_fits, _place, _fault_of_fit, seconds=2),
}


def _write(kind: str, folder: Path) -> None:
    """Write until killed; the first line of output says that writing has begun."""
    for number in count(1):
        KINDS[kind].write(folder, number)
        if number == 1:
            print("begun", flush=True)


@contextmanager
def _made(kind: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        KINDS[kind].make(Path(name))
        yield Path(name)


def kill_once(kind: str, seed: int) -> str | None:
    """Kill a writer once; return what is wrong with what it left."""
    draw = random.Random(f"{kind} {seed}")
    with _made(kind) as folder:
        command = [sys.executable, "-m", "benchmarks.kills", "--write", kind, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ}) as writer:
            begun = writer.stdout.readline() if writer.stdout is not None else b""  # a pipe, always
            time.sleep(draw.random() * KINDS[kind].seconds)
            writer.send_signal(signal.SIGKILL)
        if not begun:
            return "the writer failed before its first write"
        try:
            return KINDS[kind].fault(folder)
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
    names = list(KINDS)
    faults = [
        f"{kind}, kill {number}: {fault}"
        for number in range(arguments.times)
        if (fault := kill_once(kind := names[number % len(names)], number))
    ]
    for fault in faults:
        print(fault)
    print(f"{len(faults)} of {arguments.times} kills left damage, of {', '.join(names)}")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
