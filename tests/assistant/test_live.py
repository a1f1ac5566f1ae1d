"""A knowledge base in use follows its edits."""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.build_retrievers import build_retriever
from faq_component.assistant.build_rules import build_rule
from faq_component.assistant.live import LiveFaq
from faq_component.cli import main
from faq_component.decision.rules import DecisionRule
from faq_component.errors import FaqDataError, ScopeError
from faq_component.knowledge import options
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.following import FollowedFaq
from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import Options, Validity
from faq_component.knowledge.status import ProcessStatus, _to_bytes, read_statuses
from faq_component.knowledge.store import FileStore, open_store
from faq_component.knowledge.topics import Faq, Topic
from faq_component.knowledge.versions import open_versions
from faq_component.retrieval import HybridRetriever, KeywordRetriever, Retriever
from faq_component.retrieval.classifier import TopicClassifier
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.types import Outcome
from tests.caches import warmed

NEW = Topic("fryer", "空气炸锅", ("空气炸锅多少钱", "炸锅什么价"), ("299元。",))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tests before have fitted and encoded: most begin with the same topics."""
    return Path(warmed(tmp_path_factory.mktemp("fitted")))


@pytest.fixture
def settings(tmp_path: Path, fitted: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("FAQ_LOG", str(tmp_path / "usage.sqlite"))  # what other tests asked is not suggested
    topics = {topic.title: {"id": topic.id, "post": topic.posts, "resp": topic.responses} for topic in some_topics()}
    (tmp_path / "faq.json").write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    cache_dir = str(tmp_path / "cache")
    shutil.copytree(fitted, cache_dir)
    yield Settings(faq=str(tmp_path / "faq.json"), cache_dir=cache_dir, retriever="keyword", reload_seconds=0)
    for name in ("confidence", "jieba.cache"):
        if (made := Path(cache_dir, name)).is_dir():
            shutil.copytree(made, fitted / name, dirs_exist_ok=True)
        elif made.exists():
            shutil.copy(made, fitted)


def some_topics() -> tuple[Topic, ...]:
    return load_faq("data/faq").topics[:12]


def add(settings: Settings, topic: Topic = NEW) -> Faq:
    return FileStore(settings.faq).edit(lambda faq: Faq.of([*faq.topics, topic]), who="test", what="add")


def outcome(live: LiveFaq, question: str) -> tuple[Outcome, list[str]]:
    now = live.current
    decision = now.rule.decide(Question(question), now.retriever.search(Question(question), 5))
    return decision.outcome, [hit.topic_id for hit in decision.hits]


def test_an_edit_is_recalled_decided_on_and_fitted(settings: Settings) -> None:
    live = LiveFaq(settings, "test")
    before = live.current
    assert outcome(live, NEW.posts[0])[0] is not Outcome.ANSWER
    assert not live.refresh()
    add(settings)
    assert live.refresh()
    assert outcome(live, NEW.posts[0]) == (Outcome.ANSWER, ["fryer"])
    carried = live.current.rule
    assert live.refit()
    assert not live.refit()
    assert live.current.rule is not carried
    assert outcome(live, NEW.posts[0]) == (Outcome.ANSWER, ["fryer"])
    assert "fryer" not in before.faq.by_id  # a message that began with the version before ends with it


@pytest.mark.parametrize("retriever", ["hybrid", "dense", "learned", "rrf", "tfidf", "rank_bm25"])
def test_an_updated_retriever_finds_what_a_new_one_finds(retriever: str, settings: Settings) -> None:
    settings = replace(settings, retriever=retriever)
    live = LiveFaq(settings, "test")
    add(settings)

    def shorten(faq: Faq) -> Faq:
        return Faq.of(replace(topic, posts=topic.posts[:4]) for topic in faq.topics[1:])

    faq = FileStore(settings.faq).edit(shorten, who="test", what="remove")
    assert live.refresh()
    if retriever == "learned":  # its weights stay those of the FAQ before
        assert live.current.retriever.search(Question(NEW.posts[1]), 1)[0].topic_id == NEW.id
        return
    fresh = build_retriever(replace(settings, cache_dir=f"{settings.cache_dir}_of_fresh"), faq)
    for question in ("炸锅什么价", "多久能发货", "晚安"):
        found, wanted = live.current.retriever.search(Question(question), 5), fresh.search(Question(question), 5)
        assert [hit.topic_id for hit in found] == [hit.topic_id for hit in wanted]
        # The hybrid's classifier is fitted where the FAQ was edited only.
        tolerance = 1e-2 if retriever == "hybrid" else 1e-4
        assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], abs=tolerance)


def test_a_refit_fits_all_topics_of_the_classifier(settings: Settings) -> None:
    live = LiveFaq(replace(settings, retriever="hybrid"), "test")
    add(settings)
    assert live.refresh()
    carried = classifier_of(live)
    assert live.refit()
    fresh = replace(live._settings, cache_dir=f"{settings.cache_dir}_of_fresh")
    wanted = build_retriever(fresh, live.current.faq)
    assert isinstance(wanted, HybridRetriever)
    assert wanted.classifier is not None
    assert classifier_of(live).center == pytest.approx(wanted.classifier.center)
    assert classifier_of(live).center != pytest.approx(carried.center)
    vector = wanted.dense.encode(Question("炸锅什么价"))
    assert classifier_of(live).scores(vector) == pytest.approx(wanted.classifier.scores(vector), abs=0.02)


def classifier_of(live: LiveFaq) -> TopicClassifier:
    retriever = live.current.retriever
    assert isinstance(retriever, HybridRetriever)
    assert retriever.classifier is not None
    return retriever.classifier


def test_an_edit_that_was_undone_is_fitted_too(settings: Settings) -> None:
    live = LiveFaq(settings, "test")
    before = Path(settings.faq).read_text("utf-8")
    add(settings)
    assert live.refresh()
    Path(settings.faq).write_text(before, "utf-8")
    assert live.refresh()
    assert not live.current.fitted
    assert live.refit()
    assert live.current.fitted
    assert not live.refit()


def test_a_fit_that_an_edit_overtook_is_done_again(settings: Settings) -> None:
    live = LiveFaq(settings, "test")
    add(settings)
    assert live.refresh()
    make_rule = live._make_rule

    def edited_meanwhile(used: Settings, faq: Faq, retriever: Retriever) -> DecisionRule:
        add(settings, replace(NEW, id="oven", title="烤箱", posts=("烤箱多少钱",)))
        assert live.refresh()
        return make_rule(used, faq, retriever)

    live._make_rule = edited_meanwhile
    assert not live.refit()
    live._make_rule = make_rule
    assert live.refit()
    assert "oven" in live.current.faq.by_id
    assert live.current.fitted


def test_a_faulty_edit_changes_nothing_and_is_told_once(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    live = LiveFaq(settings, "test")
    before = live.current
    good = Path(settings.faq).read_bytes()
    Path(settings.faq).write_text('{"甲": {"post": [], "resp": ["乙"]}}', "utf-8")
    with caplog.at_level(logging.WARNING):
        assert not live.refresh()
        assert not live.refresh()
    assert live.current is before
    assert len(caplog.records) == 1
    assert "'post' is an empty list" in caplog.text
    assert read_statuses(settings.cache_dir)[0].faults
    Path(settings.faq).write_bytes(good)
    live.refresh()
    assert live.current is before
    assert not read_statuses(settings.cache_dir)[0].faults


def test_an_faq_that_is_gone_goes_on_answering(settings: Settings) -> None:
    live = LiveFaq(settings, "test")
    Path(settings.faq).unlink()
    assert not live.refresh()
    assert live.current.retriever.search(Question("晚安"), 1)


def test_threads_follow_edits_and_end_with_their_owner(settings: Settings) -> None:
    before = set(threading.enumerate())

    def follow_one_edit() -> None:
        live = LiveFaq(replace(settings, reload_seconds=0.05), "test")
        add(settings)
        wait_until(lambda: NEW.id in live.current.faq.by_id)

    follow_one_edit()
    gc.collect()
    wait_until(lambda: before.issuperset(threading.enumerate()))


def test_a_thread_outlives_what_goes_wrong(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveFaq(replace(settings, reload_seconds=0.05), "test")
    tries = 0

    def fail(*arguments: Any) -> Any:
        nonlocal tries
        tries += 1
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr("faq_component.assistant.live.update_retriever", fail)
        add(settings)
        wait_until(lambda: tries > 1)
        assert NEW.id not in live.current.faq.by_id
    wait_until(lambda: NEW.id in live.current.faq.by_id)
    live.close()


def test_another_process_answers_from_the_version_that_was_decided_on(settings: Settings) -> None:
    recall = LiveFaq(settings, "rasa")
    first = recall.current.faq
    second = add(settings)
    recall.refresh()
    third = add(settings, replace(NEW, id="other", title="另一个"))
    actions = FollowedFaq(settings, "actions")  # has seen the third only
    assert actions.of(None) == third
    assert actions.of(second.version) == second
    assert actions.of(first.version) == first
    assert actions.of(third.version) == third
    assert actions.of("0" * 16) == third  # nobody has it any more


def test_a_version_that_was_damaged_is_not_used(settings: Settings) -> None:
    versions = open_versions(settings)
    first = versions.newest
    versions.keep(first)
    newest = add(settings)
    (file,) = (Path(settings.cache_dir) / "versions").glob("*.artifact")
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    assert open_versions(settings).of(first.version) == newest


@pytest.mark.parametrize("retriever", ["keyword", "hybrid"])
def test_an_edit_that_cannot_be_taken_in_is_a_fault_and_a_restart_begins_with_the_version_before(
    retriever: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(settings, retriever=retriever)
    live = LiveFaq(settings, "test")
    before = live.current
    real = KeywordRetriever.__init__

    def fail_on_the_new_topic(self: KeywordRetriever, faq: Faq, *arguments: Any, **options: Any) -> None:
        if NEW.id in faq.by_id:
            raise RecursionError("too deep")
        real(self, faq, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(KeywordRetriever, "__init__", fail_on_the_new_topic)
        patched.setattr(KeywordRetriever, "updated", lambda self, faq: KeywordRetriever(faq, lambda text: [text]))
        add(settings)
        for _again in range(2):
            assert not live.refresh()
        assert live.current is before
        assert "cannot be taken in (RecursionError: too deep)" in live.faults[0]
        assert caplog.text.count("RecursionError: too deep") == 1
        assert read_statuses(settings.cache_dir)[0].faults == live.faults
        restarted = LiveFaq(settings, "test", or_kept=True)
        assert restarted.faq == before.faq
        assert restarted.faults == live.faults
        with pytest.raises(RecursionError):
            LiveFaq(settings, "test")
    assert live.refresh()
    assert restarted.refresh()
    assert NEW.id in live.faq.by_id
    assert not live.faults


def test_an_edit_that_cannot_be_fitted_is_a_fault_and_a_restart_begins_with_the_version_before(
    settings: Settings,
) -> None:
    def make_rule(used: Settings, faq: Faq, retriever: Retriever) -> DecisionRule:
        if NEW.id in faq.by_id:
            raise ValueError("no fit")
        return build_rule(used, faq, retriever)

    live = LiveFaq(settings, "test", make_rule)
    before = live.faq
    add(settings)
    assert live.refresh()
    with pytest.raises(ValueError, match="no fit"):
        live.refit()
    assert "cannot be taken in (ValueError: no fit)" in live.faults[0]
    assert LiveFaq(settings, "test", make_rule, or_kept=True).faq == before


def wait_until(holds: Any) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_who_starts_while_an_edit_is_faulty_begins_with_the_version_before(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = LiveFaq(settings, "test").current.faq
    good, other = Path(settings.faq).read_bytes(), replace(settings, faq=str(tmp_path / "other.json"))
    for place in (settings.faq, other.faq):
        Path(place).write_text('{"甲": {"post": [], "resp": ["乙"]}}', "utf-8")
    for or_kept in (False, True):
        with pytest.raises(FaqDataError):
            LiveFaq(other, "test", or_kept=or_kept)  # of which none was kept
    with pytest.raises(FaqDataError):
        LiveFaq(settings, "test")
    live, actions = LiveFaq(settings, "test", or_kept=True), FollowedFaq(settings, "actions")
    assert live.current.faq == actions.of(None) == before
    assert "'post' is an empty list" in caplog.text
    assert all(status.faults for status in read_statuses(settings.cache_dir))
    Path(settings.faq).write_bytes(good)
    newest = add(settings)
    assert live.refresh()
    assert live.current.faq == actions.of(newest.version) == newest
    assert not live.faults


def test_nobody_waits_for_a_store_that_hangs(settings: Settings) -> None:
    live = LiveFaq(settings, "rasa")
    first = live.current.faq
    actions = FollowedFaq(replace(settings, reload_seconds=60.0), "actions")
    newest = add(settings)
    live.refresh()
    with actions._versions._lock:  # as while the thread that follows waits for a database
        assert actions.of(None) == first
        assert actions.of(first.version) == first
        assert actions.of(newest.version) == newest  # which the other process has kept
        assert actions.of("0" * 16) == first
    actions.close()


def test_what_runs_is_known_by_host_number_and_start(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live, actions = LiveFaq(settings, "test"), FollowedFaq(settings, "actions")
    folder = Path(settings.cache_dir) / "status"

    def told() -> list[str]:
        return sorted(status.process for status in read_statuses(settings.cache_dir))

    file = next(file for file in folder.glob("*.json") if "test" in file.read_text("utf-8"))
    content = json.loads(file.read_bytes().partition(b"\n")[2])
    elsewhere, earlier = folder / "elsewhere.json", folder / "earlier.json"
    elsewhere.write_bytes(_to_bytes(ProcessStatus(**{**content, "process": "container", "host": "another", "pid": 1})))
    earlier.write_bytes(_to_bytes(ProcessStatus(**{**content, "process": "gone", "started": "1"})))
    assert told() == ["actions", "container", "test"]
    component = {"name": "FaqRecall", "faq": settings.faq, "cache_dir": settings.cache_dir}
    (tmp_path / "config.yml").write_text(json.dumps({"pipeline": [component]}), "utf-8")
    assert main(["status", "--config", str(tmp_path / "config.yml")]) == 0
    shown = capsys.readouterr().out
    assert "container (pid 1 on another): version" in shown
    assert f"test (pid {os.getpid()}): version" in shown
    assert not earlier.exists()
    os.utime(elsewhere, (time.time() - 61, time.time() - 61))
    assert told() == ["actions", "test"]
    for file in folder.glob("*.json"):
        file.unlink()  # as another host did that saw no sign for long
    live.refresh()
    actions.refresh()
    assert told() == ["actions", "test"]
    newest = add(settings)
    assert actions.of(newest.version) == newest  # taken in by who asked, before the thread saw it
    actions.refresh()
    assert {s.process: s.version for s in read_statuses(settings.cache_dir)}["actions"] == newest.version
    del live, actions
    gc.collect()
    assert told() == []  # Rasa has replaced the component, and closed nothing


def test_a_database_is_followed_and_may_be_away(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "faq.db"
    database = open_store(f"sqlite:///{file}")
    database.create(load_faq(settings.faq), who="test", what="copy")
    live = LiveFaq(replace(settings, faq=f"sqlite:///{file}"), "test")
    database.edit(lambda faq: Faq.of([*faq.topics, NEW]), who="test", what="add")
    assert live.refresh()
    assert outcome(live, NEW.posts[0]) == (Outcome.ANSWER, ["fryer"])
    file.rename(tmp_path / "elsewhere.db")
    assert not live.refresh()
    assert outcome(live, NEW.posts[0]) == (Outcome.ANSWER, ["fryer"])
    assert read_statuses(settings.cache_dir)[0].faults
    (tmp_path / "elsewhere.db").rename(file)
    open_store(f"sqlite:///{file}").undo(who="test")
    assert live.refresh()
    assert NEW.id not in live.current.faq.by_id


def test_a_topic_that_is_switched_off_is_not_found_any_more(settings: Settings) -> None:
    add(settings)
    with Assistant(settings) as assistant:
        assert assistant.answer(NEW.posts[0]).response == NEW.responses[0]

        def switch_off(faq: Faq) -> Faq:
            off = replace(faq.by_id["fryer"], options=Options(enabled=False))
            return Faq.of(off if topic.id == "fryer" else topic for topic in faq.topics)

        FileStore(settings.faq).edit(switch_off, who="test", what="off")
        assert assistant.live.refresh()
        assert assistant.answer(NEW.posts[0]).outcome is not Outcome.ANSWER
        assert "fryer" not in [hit.topic_id for hit in assistant.search(NEW.posts[0], 20)]
        assert "fryer" in assistant.faq.by_id  # for a conversation that began before
        assert assistant.live.refit()
        assert assistant.answer(NEW.posts[0]).outcome is not Outcome.ANSWER
    over = Assistant.over(load_faq(settings.faq), settings)
    assert "fryer" not in [hit.topic_id for hit in over.search(NEW.posts[0], 20)]
    assert over.answer(NEW.posts[0]).outcome is not Outcome.ANSWER


def test_validity_begins_and_ends_without_an_edit(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(moment: str) -> None:
        monkeypatch.setattr(options, "now", lambda: datetime.fromisoformat(f"2026-11-01T{moment}+00:00"))

    add(settings, replace(NEW, options=Options(valid=Validity("2026-11-01T09:00Z", "2026-11-01T10:00Z"))))
    at("08:59:59")
    with Assistant(settings) as assistant:
        assert assistant.answer(NEW.posts[0]).outcome is not Outcome.ANSWER
        at("09:00:00")
        assert assistant.live.refresh()
        assert not assistant.live.refresh()
        assert assistant.answer(NEW.posts[0]).response == NEW.responses[0]
        at("10:00:00")
        assert assistant.answer(NEW.posts[0]).outcome is not Outcome.ANSWER  # at once, before the retriever follows
        assert not assistant.search(NEW.posts[0], 1) or assistant.search(NEW.posts[0], 1)[0].topic_id != "fryer"
        assert assistant.live.refresh()
        assert assistant.answer(NEW.posts[0]).outcome is not Outcome.ANSWER


@pytest.mark.parametrize("retriever", ["keyword", "dense", "hybrid", "rrf", "tfidf"])
def test_an_faq_of_which_every_topic_is_off(retriever: str, settings: Settings) -> None:
    def switch_off(faq: Faq) -> Faq:
        return Faq.of(replace(topic, options=Options(enabled=False)) for topic in faq.topics)

    with Assistant(replace(settings, retriever=retriever)) as assistant:
        FileStore(settings.faq).edit(switch_off, who="test", what="off")
        assert assistant.live.refresh()
        assert assistant.answer("多久能发货").outcome is Outcome.REJECT
        assistant.live.refit()
        assert assistant.answer("多久能发货").outcome is Outcome.REJECT
    with Assistant(replace(settings, retriever=retriever)) as assistant:
        assert assistant.answer("多久能发货").outcome is Outcome.REJECT


@pytest.mark.parametrize("retriever", ["keyword", "dense", "hybrid"])
def test_keys_that_are_edited_are_live(retriever: str, settings: Settings) -> None:
    add(settings)

    def edited(**keys: Any) -> None:
        def edit(faq: Faq) -> Faq:
            topic = replace(faq.by_id["fryer"], options=Options(**keys))
            return Faq.of(topic if other.id == "fryer" else other for other in faq.topics)

        FileStore(settings.faq).edit(edit, who="test", what="keys")
        assistant.live.refresh()  # unless the thread that follows edits was there before
        assert assistant.faq.by_id["fryer"].options == Options(**keys)

    first = some_topics()[0]
    with Assistant(replace(settings, retriever=retriever)) as assistant:
        assert assistant.search("空气炸锅多少钱呀", 1)[0].topic_id == "fryer"
        edited(negatives=("空气炸锅多少钱呀",))
        assert "fryer" not in [hit.topic_id for hit in assistant.search("空气炸锅多少钱呀", 20)]
        assert assistant.answer(NEW.posts[0]).response == NEW.responses[0]
        edited(tags=("厨房",), related=(first.id,), follow=(Follow(first.id, "看这里"),), handoff=True, recommend=True)
        answer = assistant.answer(NEW.posts[0], scope="厨房")
        assert ([lead.title for lead in answer.follow], answer.related, answer.handoff) == ([], (), True)
        answer = assistant.answer(NEW.posts[0])
        assert ([lead.title for lead in answer.follow], answer.related) == (["看这里"], ())
        assert [hit.topic_id for hit in assistant.search("多久能发货", 20, scope=["厨房"])] in (["fryer"], [])
        assert assistant.answer(first.posts[0], scope="厨房").topic != first
        assert [found.topic for found in assistant.suggest()] == ["fryer"]
        with pytest.raises(ScopeError, match="no topic has the tag '浴室'"):
            assistant.answer(NEW.posts[0], scope="浴室")
        edited()
        assert not assistant.answer(NEW.posts[0]).handoff
        assert assistant.suggest() == []
        with pytest.raises(ScopeError, match="no topic has the tag '厨房'; the tags are: none"):
            assistant.answer(NEW.posts[0], scope="厨房")
