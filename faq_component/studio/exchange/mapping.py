"""The columns of an upload's tables, to be said what they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from faq_component.exchange.columns import Kind, heading_key, kind_of, letter_of
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.mending import cell_text
from faq_component.exchange.product import kind_in, product_of
from faq_component.exchange.rows import SeenTable
from faq_component.exchange.table import heading_row
from faq_component.studio.exchange.uploads import Upload
from faq_component.studio.topics.form import Fields

IGNORE = "ignore"  # the value of a field whose column is not to be read
_EXAMPLES = 2
_SHOWN = 60  # characters of an example


@dataclass
class MappedColumn:
    """A heading of the tables.

    Args:
        key: by which it is chosen.
        heading: as it stands, or the letter of a column.
        guess: what it is taken for, unless somebody says otherwise.
        chosen: the value of its field.
        tables: where it stands.
        examples: texts below it.
    """

    key: str
    heading: str
    guess: Kind | None
    chosen: str
    tables: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)


def mapped_columns(drafts: Drafts, chosen: Mapping[str, Kind | None], *, first_is_topic: bool) -> list[MappedColumn]:
    """Return the columns of the tables that were read, each heading once."""
    found: dict[str, MappedColumn] = {}
    for seen in drafts.tables:
        headings, first = _headings(seen, first_is_topic=first_is_topic)
        product = seen.table.product or product_of(headings.values())
        guessed = {column.number: column.kind for column in seen.columns if not column.chosen}
        for number, heading in headings.items():
            key = heading_key(heading)
            if not key:
                continue
            guess = kind_of(heading) or kind_in(product, heading) if seen.headings else guessed.get(number)
            value = "" if key not in chosen else _value(chosen[key])
            column = found.setdefault(key, MappedColumn(key, heading, guess, value))
            column.tables.append(seen.table.name)
            texts = (cell_text(seen.table, row, number) for row in seen.table.rows[first:])
            column.examples += _examples(texts, _EXAMPLES - len(column.examples))
    return list(found.values())


def take_mapping(fields: Fields, names: Collection[str], upload: Upload) -> None:
    """Take over what a form says that columns are; a field that is empty leaves it to the guess."""
    kinds = {kind.name: kind for kind in Kind}
    upload.columns = {}
    for name in names:
        before, colon, key = name.partition(":")
        value = fields.get(name, "")
        if before == "column" and colon and (value == IGNORE or value in kinds):
            upload.columns[key] = kinds.get(value)


def _headings(seen: SeenTable, *, first_is_topic: bool) -> tuple[Mapping[int, str], int]:
    """Return what the columns of a table are called, and the place of the first row below."""
    if seen.headings:
        return seen.headings, seen.first
    if not first_is_topic and not seen.columns and (found := heading_row(seen.table)) is not None:
        return {number: " ".join(text.split()) for number, text in found.cells.items() if text.strip()}, 1
    numbers = sorted({number for row in seen.table.rows for number in row.cells})
    return {number: letter_of(number) for number in numbers}, 0


def _examples(texts: Iterable[str], most: int) -> list[str]:
    found: list[str] = []
    for text in texts:
        if len(found) >= most:
            break
        if text.strip():
            found.append(" ".join(text.split())[:_SHOWN])
    return found


def _value(kind: Kind | None) -> str:
    return IGNORE if kind is None else kind.name
