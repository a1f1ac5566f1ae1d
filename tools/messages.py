"""``python -m tools.messages``: bring the catalogues up to date with the code, and compile them.

A `.po` file is kept sorted by message, without line numbers, dates or line breaks, so that branches merge.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1] / "faq_component"
FOLDER = PACKAGE / "language"
READ_WITH = [("**.py", "python"), ("**.jinja", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
HEAD = "# Written by `make messages`; see docs/project/translating.md."


def main() -> int:
    """Update and compile every catalogue; returns 1 where messages are still to be translated."""
    missing = 0
    for file in catalogues():
        catalog = updated(read_catalogue(file), extracted())
        file.write_bytes(po_bytes(catalog))
        file.with_suffix(".mo").write_bytes(mo_bytes(catalog))
        left = untranslated(catalog)
        sys.stdout.write(f"{file.relative_to(PACKAGE.parent)}: {len(catalog)} messages, {len(left)} to translate\n")
        sys.stdout.writelines(f"  {message}\n" for message in left)
        missing += len(left)
    return 1 if missing else 0


def catalogues() -> list[Path]:
    """The `.po` files, one for each language."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/*.po"))


def extracted() -> Catalog:
    """Every message of the code."""
    catalog = Catalog(charset="utf-8")
    for *_, message, _comments, context in extract_from_dir(PACKAGE, READ_WITH, keywords=KEYWORDS):
        catalog.add(message, context=context)
    return catalog


def read_catalogue(file: Path) -> Catalog:
    """A catalogue from its `.po` file; the language is in its path."""
    with file.open("rb") as content:
        return read_po(content, locale=file.parts[-3], abort_invalid=True)


def updated(catalog: Catalog, code: Catalog) -> Catalog:
    """A catalogue with exactly the messages of the code, and the translations it has of them."""
    catalog.update(code, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """The messages without a translation, or with one that is marked as doubtful."""
    return [
        forms(message.id)[0] for message in catalog if message.id and (message.fuzzy or not all(forms(message.string)))
    ]


def forms(texts: object) -> list[str]:
    """The forms of a message or of its translation: one, or those of singular and plural."""
    return [str(text or "") for text in (texts if isinstance(texts, tuple | list) else [texts])]


def po_bytes(catalog: Catalog) -> bytes:
    """A `.po` file."""
    written = io.BytesIO()
    write_po(written, _Undated(catalog), width=0, no_location=True, sort_output=True)
    return written.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The compiled catalogue, which programs read."""
    written = io.BytesIO()
    write_mo(written, _Undated(catalog))
    return written.getvalue()


class _Undated(Catalog):
    """A catalogue whose head has nothing that differs between machines and days."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog.locale, header_comment=HEAD, charset="utf-8", fuzzy=False)
        for message in catalog:
            if message.id:
                self[message.id] = message

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", self.locale_identifier or ""),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", f"text/plain; charset={self.charset}"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


if __name__ == "__main__":
    sys.exit(main())
