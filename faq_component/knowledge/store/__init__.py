"""Storage of the knowledge base: files, or a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faq_component.errors import SettingsError
from faq_component.knowledge.store.files import FileStore
from faq_component.knowledge.store.places import is_url, shown
from faq_component.knowledge.store.types import Edit, FaqStore
from faq_component.language import _

if TYPE_CHECKING:
    from faq_component.knowledge.store.database import DatabaseStore

__all__ = ["Edit", "FaqStore", "FileStore", "is_url", "open_database", "open_store", "shown"]


def open_store(place: str) -> FaqStore:
    """Open the store of the setting `faq`: a JSON file, a folder of JSON files, or a database URL.

    Raises:
        SettingsError: the URL does not name a supported database.
        MissingExtraError: the driver of PostgreSQL is not installed.
    """
    return open_database(place) if is_url(place) else FileStore(place)


def open_database(place: str) -> DatabaseStore:
    """Open the database of a URL; raises like `open_store`, and `SettingsError` for a path."""
    from faq_component.knowledge.store.database import DatabaseStore

    if not is_url(place):
        raise SettingsError(
            _(
                "{place}: is kept in files, which have no history of their own; keep them in git, or copy them into a "
                "database with `faq copy {place} sqlite:///faq.db`"
            ).format(place=place)
        )
    return DatabaseStore(place)
