"""Where the knowledge base is kept, read and edited: a file or a folder of files."""

from faq_component.store.files import FileStore
from faq_component.store.types import Edit, FaqStore

__all__ = ["Edit", "FaqStore", "FileStore", "open_store"]


def open_store(place: str) -> FaqStore:
    """The store that the setting `faq` names: a JSON file, or a folder of them."""
    return FileStore(place)
