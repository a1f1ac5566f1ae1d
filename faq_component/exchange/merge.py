"""What was read from files, brought into a knowledge base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_component.errors import FaqDataError
from faq_component.exchange.drafts import Draft, Drafts
from faq_component.exchange.json_file import write_json
from faq_component.faq import check_contents
from faq_component.faq_files import Contents, locked
from faq_component.files import write_atomically
from faq_component.store import FileStore, open_store
from faq_component.text import comparison_key, normalize
from faq_component.topics import Faq, Topic


@dataclass(frozen=True)
class Change:
    """What happens to a topic; `before` is None for a new one."""

    before: Topic | None
    after: Topic

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Posts added and removed, responses added and removed."""
        old = self.before or replace(self.after, posts=(), responses=())
        return (
            *_differences(old.posts, self.after.posts),
            *_differences(old.responses, self.after.responses),
        )


def merge(faq: Faq | None, drafts: Drafts, *, replace_topics: bool = False) -> tuple[Faq, list[Change]]:
    """Add the topics of files to a knowledge base, or to none; what they do not name stays as it is.

    A topic of the same id or title gets the posts and responses that it lacks; posts that differ only in punctuation,
    case or width are the same. With `replace_topics` it becomes what the files say, wholly.

    Raises:
        FaqDataError: names every fault of the files, and every new topic without posts or responses.
    """
    topics = list(faq.topics) if faq else []
    by_id = {topic.id: at for at, topic in enumerate(topics)}
    by_title = {normalize(topic.title): at for at, topic in enumerate(topics)}
    faults = list(drafts.faults)
    changes: list[Change] = []
    targets: dict[int, Draft] = {}
    for draft in drafts.topics:
        same_id = by_id.get(draft.topic.id) if draft.id or draft.title else None
        same_title = by_title.get(normalize(draft.title))
        at = same_title if same_id is None else same_id
        if same_id is not None and same_title is not None and same_id != same_title:
            faults.append(
                f"{draft.where}: has the id of topic '{topics[same_id].title}' and the title of topic "
                f"'{topics[same_title].title}' (id '{topics[same_title].id}'); correct one of them"
            )
            continue
        if at is not None and at in targets:
            other = targets[at].where
            faults.append(f"{draft.where}: is the topic '{topics[at].title}', and so is {other}; join the two")
            continue
        before = None if at is None else topics[at]
        if before is None or replace_topics:
            faults += draft.gaps(has_title=before is not None)
        after = _after(before, draft, replace_topics=replace_topics)
        changes.append(Change(before, after))
        if at is None:
            topics.append(after)
        else:
            targets[at] = draft
            topics[at] = after
    if faults:
        raise FaqDataError(faults)
    return Faq.of(topics), changes


def _after(before: Topic | None, draft: Draft, *, replace_topics: bool) -> Topic:
    if before is None:
        return draft.topic
    if replace_topics:
        new = draft.topic
        return replace(new, id=draft.id or before.id, title=draft.title or before.title)
    keys = {comparison_key(post) for post in before.posts}
    posts = list(before.posts)
    for post in draft.posts:
        if comparison_key(post) not in keys:
            keys.add(comparison_key(post))
            posts.append(post)
    responses = [response for response in draft.responses if response not in before.responses]
    return replace(before, posts=tuple(posts), responses=(*before.responses, *responses))


def _differences(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    return sum(item not in old for item in new), sum(item not in new for item in old)


def is_new(place: str) -> bool:
    """Whether a place names no knowledge base yet: a file that does not exist, or a folder without ``*.json`` files."""
    path = Path(place)
    if not isinstance(open_store(place), FileStore):
        return False
    return not any(path.glob("*.json")) if path.is_dir() else not path.exists()


def create_faq(place: str, faq: Faq) -> Path:
    """Write a knowledge base where there was none: a JSON file, or ``faq.json`` in a folder; gives the file.

    Raises:
        FaqDataError: it is faulty, another has been written there meanwhile, or the folder cannot be written.
    """
    path = Path(place)
    if path.suffix not in ("", ".json") and not path.is_dir():
        raise FaqDataError([f"{path}: a knowledge base is a JSON file or a folder of them; name a .json file"])
    file = path if path.suffix == ".json" else path / "faq.json"
    data = write_json(faq)
    report = check_contents(file, Contents({file: data}, ()))
    if report.faq is None:
        raise FaqDataError(report.faults)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FaqDataError([f"{file.parent}: cannot be made: {error.strerror}; check the setting 'faq'"]) from error
    with locked(file):
        if not is_new(place):
            raise FaqDataError([f"{file}: has been written meanwhile; import again"])
        write_atomically(file, data)
    return file
