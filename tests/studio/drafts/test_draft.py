"""A draft over files and databases: what it follows, what it keeps, and what a kill or damage leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.store import FaqStore, open_store
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings
from faq_component.studio.drafts.changes import after_publishing, applied, by_id, conflicts, drafted, outstanding
from faq_component.studio.drafts.draft import Draft
from faq_component.studio.drafts.publisher import PublishConflictError, Publisher, StaleDraftError
from faq_component.studio.drafts.state import DAMAGED

FAQ = Faq.of(Topic(name, f"话题{name}", (f"{name}一", f"{name}二"), (f"{name}答",)) for name in "abc")
NEW = Topic("n", "新的", ("新问题",), ("新答",))


@pytest.fixture(params=["file", "folder", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        found = str(tmp_path / "faq.json")
    elif request.param == "folder":
        found = str(tmp_path / "faq")
    elif request.param == "sqlite":
        found = f"sqlite:///{tmp_path}/faq.db"
    else:
        found = request.getfixturevalue("postgres").new_schema()
    open_store(found).create(FAQ, who="test", what="create")
    return found


@pytest.fixture
def file(tmp_path: Path) -> str:
    found = str(tmp_path / "faq.json")
    open_store(found).create(FAQ, who="test", what="create")
    return found


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[str], Draft]:
    """Opens a draft, as another start of the studio does."""

    def open_draft(place: str) -> Draft:
        return Draft(Settings(faq=place, cache_dir=str(tmp_path / "cache")))

    return open_draft


def put(topic_id: str, **values: object) -> Callable[[Faq], Faq]:
    def edited(faq: Faq) -> Faq:
        return Faq.of(replace(topic, **values) if topic.id == topic_id else topic for topic in faq.topics)  # type: ignore[arg-type]

    return edited


def without(topic_id: str) -> Callable[[Faq], Faq]:
    return lambda faq: faq.without({topic_id})


def added(faq: Faq) -> Faq:
    return Faq.of([faq.topics[0], NEW, *faq.topics[1:]])


def publish(draft: Draft, what: str = "x") -> None:
    from faq_component.studio.drafts.changes import digest_of

    seen = digest_of(draft.snapshot().state.changes)
    Publisher(draft, lambda *_what, **_values: None).publish(who="li", what=what, seen=seen)


def test_edits_are_kept_over_a_restart_and_published_as_they_are(place: str, opened: Callable[[str], Draft]) -> None:
    draft = opened(place)
    for edit in (put("a", posts=("甲一",)), added, without("c")):
        drafted_faq = draft.edit(edit, who="li")
    assert [topic.id for topic in drafted_faq.topics] == ["a", "n", "b"]
    assert load_faq(draft.place) == drafted_faq
    assert open_store(place).load() == FAQ
    again = opened(place)
    assert again.snapshot().faq == drafted_faq
    publish(again)
    assert open_store(place).load() == drafted_faq
    assert again.snapshot().state.changes == {}
    assert opened(place).snapshot().live == drafted_faq


def test_topics_without_changes_follow_what_others_publish(place: str, opened: Callable[[str], Draft]) -> None:
    draft = opened(place)
    draft.edit(put("a", posts=("甲一",)), who="li")
    open_store(place).edit(put("b", responses=("别处",)), who="cli", what="x")
    open_store(place).edit(without("c"), who="cli", what="x")
    snapshot = draft.snapshot()
    assert snapshot.faq.by_id["b"].responses == ("别处",)
    assert "c" not in snapshot.faq.by_id
    assert snapshot.faq.by_id["a"].posts == ("甲一",)
    assert not snapshot.conflicts
    publish(draft)
    assert open_store(place).load() == snapshot.faq


@pytest.mark.parametrize("theirs", [put("a", responses=("别处",)), without("a")])
@pytest.mark.parametrize("ours", [put("a", posts=("甲一",)), without("a")])
def test_a_topic_that_both_change_is_a_conflict(
    ours: Callable[[Faq], Faq], theirs: Callable[[Faq], Faq], file: str, opened: Callable[[str], Draft]
) -> None:
    draft, store = opened(file), open_store(file)
    draft.edit(ours, who="li")
    store.edit(theirs, who="cli", what="x")
    live = store.load()
    snapshot = draft.snapshot()
    if ours(FAQ) == theirs(FAQ):
        assert snapshot.state.changes == {}
        assert [notice.is_good for notice in snapshot.state.notices] == [True]
        return
    assert [change.id for change in snapshot.conflicts] == ["a"]
    with pytest.raises(PublishConflictError):
        publish(draft)
    assert store.load() == live
    draft.decide("a")
    publish(draft)
    assert store.load().by_id.get("a") == ours(FAQ).by_id.get("a")


def test_a_new_topic_with_the_id_of_anothers_is_a_conflict(file: str, opened: Callable[[str], Draft]) -> None:
    draft = opened(file)
    draft.edit(added, who="li")
    open_store(file).edit(lambda faq: Faq.of([*faq.topics, replace(NEW, title="别的")]), who="cli", what="x")
    assert [change.id for change in draft.snapshot().conflicts] == ["n"]


def test_an_edit_that_is_taken_back_is_no_change(file: str, opened: Callable[[str], Draft]) -> None:
    draft = opened(file)
    draft.edit(put("a", posts=("甲一",)), who="li")
    draft.edit(put("a", posts=FAQ.by_id["a"].posts), who="li")
    draft.edit(added, who="li")
    draft.edit(without("n"), who="li")
    assert draft.snapshot().state.changes == {}
    assert draft.snapshot().faq == FAQ


def test_a_faulty_edit_changes_nothing(file: str, opened: Callable[[str], Draft]) -> None:
    draft = opened(file)
    before = draft.snapshot()
    with pytest.raises(FaqDataError, match="话题b"):
        draft.edit(put("a", title="话题b"), who="li")
    assert draft.snapshot().state == before.state


@pytest.mark.parametrize("damage", [b"", b"{", b"x" * 100, None])
def test_a_damaged_draft_is_set_aside_with_a_sentence(
    damage: bytes | None, file: str, opened: Callable[[str], Draft]
) -> None:
    draft = opened(file)
    draft.edit(put("a", posts=("甲一",)), who="li")
    state = Path(draft.place).with_name("state.json")
    content = state.read_bytes()
    damage = content[:-3] if damage is None else damage
    state.write_bytes(damage)
    for found in (draft.snapshot(), opened(file).snapshot()):
        assert found.faq == FAQ
        (notice,) = found.state.notices
        assert notice.message == DAMAGED
        assert Path(notice.values["file"]).read_bytes() == damage
    opened(file).edit(put("a", posts=("乙",)), who="li")


def test_a_draft_of_a_newer_program_is_refused_and_kept(file: str, opened: Callable[[str], Draft]) -> None:
    from faq_component.support.files import with_checksum

    draft = opened(file)
    draft.edit(put("a", posts=("甲一",)), who="li")
    state = Path(draft.place).with_name("state.json")
    values = json.loads(state.read_bytes().partition(b"\n")[2])
    content = with_checksum(json.dumps({**values, "format": 99}).encode())
    state.write_bytes(content)
    with pytest.raises(FaqDataError, match="newer rasa-faq"):
        opened(file)
    assert state.read_bytes() == content


def test_a_lost_or_damaged_copy_of_the_whole_draft_is_made_again(file: str, opened: Callable[[str], Draft]) -> None:
    draft = opened(file)
    expected = draft.edit(put("a", posts=("甲一",)), who="li")
    Path(draft.place).write_text("{", "utf-8")
    assert load_faq(opened(file).place) == expected
    Path(draft.place).unlink()
    assert load_faq(opened(file).place) == expected


def test_two_studios_over_one_place_share_the_draft(file: str, opened: Callable[[str], Draft]) -> None:
    first, second = opened(file), opened(file)
    first.edit(put("a", posts=("甲一",)), who="li")
    second.edit(put("b", posts=("乙一",)), who="wang")
    assert {change.id: change.who for change in first.snapshot().state.changes.values()} == {"a": "li", "b": "wang"}
    publish(first)
    with pytest.raises(StaleDraftError):
        Publisher(second, lambda *_what, **_values: None).publish(who="wang", what="x", seen="0" * 32)
    assert second.snapshot().state.changes == {}


def test_a_faulty_published_faq_leaves_the_draft(file: str, opened: Callable[[str], Draft]) -> None:
    draft = opened(file)
    expected = draft.edit(put("a", posts=("甲一",)), who="li")
    content = Path(file).read_bytes()
    Path(file).write_text("{", "utf-8")
    assert draft.snapshot().live_faults
    assert draft.snapshot().faq == expected
    draft.edit(put("b", posts=("乙一",)), who="li")
    with pytest.raises(FaqDataError):
        publish(draft)
    assert set(draft.snapshot().state.changes) == {"a", "b"}
    Path(file).write_bytes(content)
    assert not draft.snapshot().live_faults
    publish(draft)


class _KilledError(BaseException):
    pass


@pytest.mark.parametrize("moment", ["before", "after", "after, then edited elsewhere", "before, then edited elsewhere"])
def test_after_a_kill_in_the_middle_of_publishing_the_page_says_what_is_true(
    moment: str, place: str, opened: Callable[[str], Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = opened(place)
    drafted_faq = draft.edit(put("a", posts=("甲一",)), who="li")
    write, edit = draft.file.write, draft.store.edit

    def killed_write(state: object) -> None:
        if getattr(state, "publishing", None) is None:
            raise _KilledError  # neither the error's way back nor the state after publishing is written
        write(state)  # type: ignore[arg-type]
        if moment.startswith("before"):
            raise _KilledError

    monkeypatch.setattr(draft.file, "write", killed_write)
    monkeypatch.setattr(draft.store, "edit", edit)
    with pytest.raises(_KilledError):
        publish(draft, "春节")
    store: FaqStore = open_store(place)
    is_live = moment.startswith("after")
    assert store.load() == (drafted_faq if is_live else FAQ)
    if "edited" in moment:
        store.edit(put("a", responses=("别处",)), who="cli", what="x")
    found = opened(place).snapshot()
    (notice,) = found.state.notices
    assert notice.values["what"] == "春节"
    assert notice.is_good is is_live
    assert set(found.state.changes) == (set() if is_live else {"a"})
    assert found.state.publishing is None


def test_a_plan_that_is_published_leaves_later_edits(file: str) -> None:
    live, time = FAQ, "2026-11-30T00:00:00.000Z"
    first = put("a", posts=("甲一",))(live)
    planned = drafted(live, {}, live, first, who="li", time=time)
    second = put("b", posts=("乙一",))(put("a", posts=("甲二",))(first))
    both = drafted(live, planned, first, second, who="li", time=time)
    after = applied(live, planned)
    left = after_publishing(both, planned)
    assert applied(after, left) == applied(live, both)
    assert conflicts(after, left) == []
    assert outstanding(after, by_id(left.values())) == left
