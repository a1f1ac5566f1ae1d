"""Storage of the knowledge base: files, or a database."""

from __future__ import annotations

from faq_component.knowledge.store.files import FileStore
from faq_component.knowledge.store.places import is_url, shown
from faq_component.knowledge.store.types import Edit, FaqStore
from faq_component.knowledge.store.versions import Version

__all__ = ["Edit", "FaqStore", "FileStore", "Version", "is_url", "open_store", "shown"]


def open_store(place: str) -> FaqStore:
    """Open the store of the setting `faq`: a JSON file, a folder of JSON files, or a database URL.

    Raises:
        SettingsError: the URL does not name a supported database.
        MissingExtraError: the driver of PostgreSQL is not installed.
    """
    if not is_url(place):
        return FileStore(place)
    from faq_component.knowledge.store.database import DatabaseStore

    return DatabaseStore(place)
