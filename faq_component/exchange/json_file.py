"""JSON: the form of the knowledge base itself, or a list of objects whose keys are named as columns are."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from faq_component.exchange.drafts import Draft, Drafts
from faq_component.exchange.entries import add_entries
from faq_component.exchange.faults import RowFault
from faq_component.exchange.product import Product
from faq_component.exchange.products import read_product
from faq_component.exchange.rasa_markdown import rasa_1_fault
from faq_component.exchange.rows import Row, Table
from faq_component.exchange.table import columns_form, read_table
from faq_component.exchange.table_write import headings
from faq_component.knowledge import bounds, json_source
from faq_component.knowledge.checking import check_contents
from faq_component.knowledge.faults import Fault
from faq_component.knowledge.files import Contents
from faq_component.knowledge.reader import not_json
from faq_component.knowledge.store.file_form import dump_topics, topic_to_json
from faq_component.knowledge.topic_id import derive_topic_id
from faq_component.knowledge.topics import Faq
from faq_component.language import _, listed
from faq_component.text import normalize

_KEYS_SHOWN = 10


def read_json(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read ``{title: {"id", "post", "resp"}}``, or ``[{"question": ..., "answer": ...}, ...]``."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip().startswith(b"["):
        if (items := _parsed(path, data, drafts)) is not None:
            read_items(path, items, drafts)
        return
    with contextlib.suppress(ValueError, RecursionError):  # the check names what is wrong
        content = json_source.loads(data)
        if isinstance(content, dict) and "rasa_nlu_data" in content:
            drafts.faults.append(rasa_1_fault(path, "nlu"))
            return
        if found := read_product(content):
            product, objects = found
            read_items(path, objects, drafts, product)
            return
    report = check_contents(path, Contents({path: data}, ()), responses_required=False, whole=False)
    drafts.faults += report.faults
    for topic in report.faq.topics if report.faq else ():
        where = _("{path}: topic '{title}'").format(path=path, title=topic.title)
        topic_id = None if topic.id == derive_topic_id(topic.title) else topic.id
        empty = _("'{key}' is empty; write at least one")
        no_post, no_response = (Fault(path, empty.format(key=key), topic=topic.title) for key in ("post", "resp"))
        draft = Draft(where, topic.title, topic_id, no_post, no_response)
        draft.posts += topic.posts
        draft.responses += topic.responses
        draft.say(topic.options, every=True)
        drafts.topic(draft)


def write_json(faq: Faq) -> bytes:
    """The bytes of a JSON file, in the form of the knowledge base."""
    return dump_topics({topic.title: topic_to_json(topic) for topic in faq.topics})


def read_json_lines(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read a JSON object per line."""
    items: list[Any] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if line.strip():
            items.append(_parsed(path, line, drafts, number))
    if None not in items:
        read_items(path, items, drafts)


def _parsed(path: Path, data: bytes, drafts: Drafts, line: int | None = None) -> Any:
    """The value of a text in JSON; None, and a fault, where it is none."""
    try:
        return json_source.loads(data)
    except json.JSONDecodeError as error:
        drafts.faults.append(Fault(path, not_json(error), line=line or error.lineno))
    except (UnicodeDecodeError, RecursionError) as error:
        drafts.faults.append(
            _("{path}: not JSON: {error}; save it as UTF-8, without deep nesting").format(path=path, error=error)
        )
    return None


def read_items(path: Path, items: Sequence[Any], drafts: Drafts, product: Product | None = None) -> None:
    """Read a list of objects whose keys are named as columns are."""
    objects = [item if isinstance(item, dict) else {} for item in items]
    wrong = [number for number, item in enumerate(items, 1) if not isinstance(item, dict)]
    message = _("{path}: item {number}: is not an object; write {{...}}")
    drafts.faults += [RowFault(message.format(path=path, number=number), "item", str(path), number) for number in wrong]
    if product is None and (found := read_product(items)):
        product, objects = found
    numbers = {key: number for number, key in enumerate(dict.fromkeys(key for item in objects for key in item), 1)}
    keys = {number: key for key, number in numbers.items()}
    rows = [Row(0, keys), *(_row(number, item, numbers) for number, item in enumerate(objects, 1))]
    entries = read_table(Table(str(path), rows, is_list=True, product=product), drafts)
    if entries is None:
        drafts.faults.append(
            _(
                "{path}: its objects have no keys such as {headings}; name them so, or with "
                "`--columns {headings_form}`; seen: {seen}"
            ).format(
                path=path,
                headings=", ".join(headings()),
                headings_form=columns_form(),
                seen=listed(list(numbers)[:_KEYS_SHOWN]) or _("nothing"),
            )
        )
        return
    add_entries(entries, drafts)


def _row(number: int, item: Mapping[str, Any], numbers: Mapping[str, int]) -> Row:
    """An object as a row; its texts are exact."""
    cells, faults = {}, {}
    for key, value in item.items():
        values = [part for part in (value if isinstance(value, list) else [value]) if part is not None]
        texts = [str(part) if isinstance(part, int | float) else part for part in values]
        infinite = any(isinstance(part, float) and not math.isfinite(part) for part in values)
        if fault := bounds.value_fault(math.inf) if infinite else _fault(texts):
            faults[numbers[key]] = fault
        elif [text for text in texts if text != ""]:
            cells[numbers[key]] = json.dumps([text for text in texts if text != ""])
    return Row(number, cells, faults=faults)


def _fault(values: Sequence[Any]) -> str | None:
    for value in values:
        if not isinstance(value, str | dict):
            return _("is neither a text nor a list of texts")
        if message := bounds.value_fault(value):
            return message
        if isinstance(value, str) and value and not normalize(value):
            return _("holds a text of nothing but spaces; write one")
    return None
