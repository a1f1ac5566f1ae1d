"""What is handed over, kept by several processes at once."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faq_component.errors import HandoverStoreError
from faq_component.handover import store as kept
from faq_component.handover.jobs import Job, Jobs
from faq_component.handover.settings import TimeOut
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import ENDED, JOINED, MESSAGE, OPENED, WORDS, Author, Ending, Reason
from tests.servers import ROOT

CLAIM_ALL = """
import sys
from pathlib import Path
from faq_component.handover.jobs import Jobs
jobs = Jobs(Path(sys.argv[1]))
while (job := jobs.claim(of_user=True)) is not None:
    print(job.number, flush=True)
    if len(sys.argv) > 2:
        sys.exit()  # and it is never finished
    jobs.finish(job)
"""


@pytest.fixture
def store(tmp_path: Path) -> HandoverStore:
    return HandoverStore(tmp_path / "kept" / "handovers.sqlite", ["webhook", "email"])


def opened(store: HandoverStore, conversation: str = "c") -> str:
    return store.open(conversation, "socketio", Reason.ASKED, language="zh", before=[(Author.USER, "人工", 1.0)]).id


def claimed(jobs: Jobs, *, of_user: bool) -> list[Job]:
    found = []
    while job := jobs.claim(of_user=of_user):
        jobs.finish(job)
        found.append(job)
    return found


def test_a_conversation_from_its_opening_to_its_end(store: HandoverStore) -> None:
    assert store.of_conversation("c") is None
    number = opened(store)
    assert store.file.stat().st_mode & 0o077 == 0
    assert opened(store) == number
    assert store.add_user_words(number, "在吗", "m1")
    assert store.add_user_words(number, "在吗", "m1")
    assert store.add_person_words(number, "在", "小林", "p1")
    assert store.add_person_words(number, "在", "小林", "p1")
    found = store.of_conversation("c")
    assert found is not None
    assert (found.state, found.person, found.language) == ("taken", "小林", "zh")
    said = [(words.author, words.text, words.before, words.state) for words in store.messages(number)]
    user, person = ("user", "在吗", False, "sent"), ("person", "在", False, "waiting")
    assert said == [("user", "人工", True, "sent"), user, person]
    assert store.end(number, Ending.PERSON)
    assert not store.end(number, Ending.USER)
    assert not store.add_person_words(number, "还在", "小林")
    jobs = Jobs(store.file)
    assert [job.kind for job in claimed(jobs, of_user=True)] == [JOINED, WORDS, ENDED]
    told = [(job.queue, job.kind) for job in claimed(jobs, of_user=False)]
    assert sorted(told) == [("email", OPENED), ("webhook", ENDED), ("webhook", MESSAGE), ("webhook", OPENED)]
    store.close(number)
    assert store.of_conversation("c") is None
    assert opened(store) != number
    assert "conversation" not in found.to_json()


def test_jobs_of_one_conversation_keep_their_order_and_a_failed_one_holds_the_others(store: HandoverStore) -> None:
    first, second = opened(store, "a"), opened(store, "b")
    for number in (first, second):
        store.add_person_words(number, "1", "")
        store.add_person_words(number, "2", "")
    jobs = Jobs(store.file)
    one, other = jobs.claim(of_user=True), jobs.claim(of_user=True)
    assert one
    assert other
    assert (one.handover, other.handover) == (first, second)
    assert jobs.claim(of_user=True) is None  # the second ones wait for the first
    assert jobs.retry(one) > 0
    jobs.finish(other)
    following = jobs.claim(of_user=True)
    assert following
    assert following.handover == second
    assert jobs.claim(of_user=True) is None


def test_two_processes_do_each_job_once(store: HandoverStore) -> None:
    numbers = [opened(store, f"c{place}") for place in range(20)]
    for number in numbers:
        store.add_person_words(number, "1", "")
        store.add_person_words(number, "2", "")

    def run(_: int) -> list[str]:
        command = [sys.executable, "-c", CLAIM_ALL, str(store.file)]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()

    with ThreadPoolExecutor(2) as pool:
        done = [number for found in pool.map(run, range(2)) for number in found]
    assert len(done) == len(set(done))
    assert len(done) + len(claimed(Jobs(store.file), of_user=True)) == 40


def test_what_a_process_that_ended_has_claimed_is_done_by_another(store: HandoverStore) -> None:
    store.add_person_words(opened(store), "1", "")
    command = [sys.executable, "-c", CLAIM_ALL, str(store.file), "die"]
    assert subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert Jobs(store.file).claim(of_user=True)


def test_what_is_claimed_for_too_long_is_free_again(store: HandoverStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_person_words(opened(store), "1", "")
    jobs, others = Jobs(store.file), Jobs(store.file)
    job = jobs.claim(of_user=True)
    assert job
    assert others.claim(of_user=True) is None
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert others.claim(of_user=True) == job
    assert others.holds(job)
    assert not jobs.holds(job)


def test_time_outs_by_who_spoke_last(store: HandoverStore, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, answered = opened(store, "silent"), opened(store, "answered")
    time_out, begun = TimeOut(person=1, user=2), time.time()
    monkeypatch.setattr(time, "time", lambda: begun + 50)
    store.add_person_words(answered, "1", "")
    monkeypatch.setattr(time, "time", lambda: begun + 61)
    assert store.end_overdue(time_out) == 1
    assert store.end_overdue(time_out) == 0
    monkeypatch.setattr(time, "time", lambda: begun + 171)
    assert store.end_overdue(time_out) == 1
    endings = [found.ending for number in (silent, answered) if (found := store.of_id(number))]
    assert endings == ["no_person", "no_user"]


def test_ended_ones_are_deleted_with_their_messages_and_others_kept(
    store: HandoverStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, still = opened(store, "old"), opened(store, "open")
    store.end(old, Ending.PERSON)
    store.close(old)
    later = time.time() + 31 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert store.prune(30) == 1
    assert store.of_id(old) is None
    assert store.messages(old) == []
    assert store.of_id(still)


def test_a_file_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "handovers.sqlite"
    file.write_bytes(b"no database" * 100)
    with pytest.raises(HandoverStoreError, match="keeps the conversations handed over and cannot be used"):
        opened(HandoverStore(file))


def test_channels_and_places(store: HandoverStore) -> None:
    assert not store.reaches("socketio")
    store.set_channels(["socketio", "wecom"])
    store.set_channels(["socketio"])
    assert [store.reaches(name) for name in ("socketio", "wecom")] == [True, False]
    store.keep_place("dingtalk", "u", {"webhook": "https://a", "until": 5})
    assert store.place("dingtalk", "u") == {"webhook": "https://a", "until": 5}
    assert store.place("dingtalk", "other") == {}


def test_the_channels_of_each_process_that_runs(store: HandoverStore) -> None:
    store.set_channels(["socketio"])
    note = "import sys; from pathlib import Path; from faq_component.handover.store import HandoverStore\n"
    note += "HandoverStore(Path(sys.argv[1])).set_channels(sys.argv[2:]); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", note, str(store.file)]
    with subprocess.Popen([*command, "telegram"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdin
        assert other.stdout
        other.stdout.readline()
        assert [store.reaches(name) for name in ("socketio", "telegram")] == [True, True]
        other.stdin.close()
    assert [store.reaches(name) for name in ("socketio", "telegram")] == [True, False]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=ROOT)  # `rasa shell`
    assert store.reaches("socketio")


def test_channels_of_another_host_are_forgotten_unless_noted_anew(
    store: HandoverStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(socket, "gethostname", lambda: "another")
        store.set_channels(["socketio"])
    assert store.reaches("socketio")
    later = time.time() + 181
    monkeypatch.setattr(time, "time", lambda: later)
    assert not store.reaches("socketio")


def test_a_job_that_a_worker_does_not_want_is_left_to_others(store: HandoverStore) -> None:
    first, second = opened(store, "a"), opened(store, "b")
    store.add_person_words(first, "1", "")
    store.add_person_words(first, "2", "")
    store.add_person_words(second, "1", "")
    jobs, others = Jobs(store.file), Jobs(store.file)
    wanted = jobs.claim(of_user=True, wants=lambda _job, channel, talk: (channel, talk) != ("socketio", "a"))
    assert wanted
    assert wanted.handover == second
    assert jobs.claim(of_user=True, wants=lambda *_: False) is None
    left = others.claim(of_user=True)
    assert left
    assert left.handover == first


def test_an_end_that_was_given_up_is_done_at_the_next_message(store: HandoverStore) -> None:
    number = opened(store)
    store.add_person_words(number, "1", "")
    store.end(number, Ending.PERSON)
    jobs = Jobs(store.file)
    while job := jobs.claim(of_user=True):
        jobs.fail(job)
    assert [job.kind for job in jobs.waiting(number)] == [ENDED]


def test_a_user_who_goes_on_writing_waits_since_the_first_word(
    store: HandoverStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, begun, time_out = opened(store), time.time(), TimeOut(person=1, user=5)

    def at(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: begun + seconds)

    at(50)
    store.add_user_words(number, "在吗")
    assert store.end_overdue(time_out) == 0
    store.add_person_words(number, "在", "")
    for seconds in (60, 90, 119):
        at(seconds)
        store.add_user_words(number, "还在吗")
        assert store.end_overdue(time_out) == 0
    at(121)
    store.add_user_words(number, "喂")
    assert store.end_overdue(time_out) == 1
    found = store.of_id(number)
    assert found
    assert found.ending == "no_person"


def test_of_too_many_messages_the_oldest_are_deleted(store: HandoverStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_MESSAGES", 4)
    number = opened(store)
    store.add_person_words(number, "在", "")  # not sent yet
    for place in range(6):
        store.add_user_words(number, f"{place}")
    claimed(Jobs(store.file), of_user=False)
    store.add_user_words(number, "6")
    assert [words.text for words in store.messages(number)] == ["在", "3", "4", "5", "6"]
