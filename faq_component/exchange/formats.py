"""The formats by the names of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from faq_component.errors import FaqDataError
from faq_component.exchange.chatterbot import is_chatterbot, read_chatterbot
from faq_component.exchange.delimited import read_delimited, write_delimited
from faq_component.exchange.drafts import Choices, Drafts
from faq_component.exchange.excel import read_excel, write_excel
from faq_component.exchange.json_file import read_json, read_json_lines, write_json
from faq_component.exchange.markdown import read_markdown
from faq_component.exchange.markdown_write import write_markdown
from faq_component.exchange.qna_file import read_qna_file
from faq_component.exchange.rasa_read import read_rasa
from faq_component.exchange.rasa_write import write_rasa
from faq_component.knowledge.faults import Fault
from faq_component.knowledge.topics import Faq
from faq_component.language import _, listed
from faq_component.support.files import write_named

LARGEST = 32 * 2**20  # bytes of a file
_YAML = (".yml", ".yaml")
_READERS = {
    ".xlsx": read_excel,
    ".xlsm": read_excel,
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".qna": read_qna_file,
    ".md": read_markdown,
}
SUFFIXES = ".xlsx, .csv, .tsv, .json, .md, .yml"  # that are read and written
_ONLY_READ = ".jsonl, .qna"
_SAVE_AS = {
    ".xls": ".xlsx",
    ".ods": ".xlsx",
    ".et": ".xlsx",
    ".numbers": ".xlsx",
    ".xlsb": ".xlsx",
    ".doc": ".md",
    ".docx": ".md",
}


def read_exchange(paths: Sequence[Path], choices: Choices | None = None) -> Drafts:
    """Read files of any format; what is wrong with them is in the drafts' `faults`, all at once.

    Rasa's files are read together: NLU data and domain complete each other.
    """
    drafts = Drafts(choices or Choices())
    read_contents(_contents(paths, drafts), drafts)
    if not drafts.topics and not drafts.faults:
        drafts.faults.append(Fault(listed(map(str, paths)), _("there is no topic in it; write at least one")))
    return drafts


def read_contents(contents: Iterable[tuple[Path, bytes]], drafts: Drafts) -> None:
    """Read the contents of files, each by the format of its name; no path is opened."""
    rasa: dict[Path, bytes] = {}
    for path, data in contents:
        suffix = path.suffix.lower()
        if (fault := unknown_format(path)) is not None:
            drafts.faults.append(fault)
        elif suffix in _YAML and is_chatterbot(data):
            read_chatterbot(path, data, drafts)
        elif suffix in _YAML:
            rasa[path] = data
        else:
            _READERS[suffix](path, data, drafts)
    if rasa:
        read_rasa(rasa, drafts)


def _contents(paths: Sequence[Path], drafts: Drafts) -> Iterator[tuple[Path, bytes]]:
    for path in paths:
        if (fault := unknown_format(path)) is not None:
            drafts.faults.append(fault)
            continue
        try:
            size = path.stat().st_size
            data = path.read_bytes() if size <= LARGEST else None
        except OSError as error:
            drafts.faults.append(Fault(path, _("cannot be read: {reason}").format(reason=error.strerror)))
            continue
        if data is not None:
            yield path, data
            continue
        message = _("{path}: has {size} MiB, more than {most}; split it")
        drafts.faults.append(message.format(path=path, size=size // 2**20, most=LARGEST // 2**20))


def unknown_format(path: Path) -> str | None:
    """Return the fault of a file whose name has no known ending; None where it has one."""
    suffix = path.suffix.lower()
    if suffix in (*_READERS, *_YAML):
        return None
    hint = _("known are {suffixes}").format(suffixes=f"{SUFFIXES}, {_ONLY_READ}")
    if suffix in _SAVE_AS:
        hint = _("save it as {suffix}").format(suffix=_SAVE_AS[suffix])
    return _("{path}: the format '{suffix}' is not known; {hint}").format(path=path, suffix=suffix, hint=hint)


def exported(faq: Faq, out: Path) -> Mapping[Path, bytes]:
    """The bytes of a knowledge base in the format of a file's name; for Rasa the NLU data and the domain beside it.

    Raises:
        FaqDataError: the format is not known, or a text is longer than it can hold.
    """
    suffix = out.suffix.lower()
    if suffix in _YAML:
        nlu, domain = write_rasa(faq)
        parts = {"nlu": nlu, "domain": domain}
        return {out.with_name(f"{out.stem}_{part}{out.suffix}"): data for part, data in parts.items()}
    if suffix in (".csv", ".tsv"):
        return {out: write_delimited(faq, suffix)}
    writers = {".xlsx": write_excel, ".json": write_json, ".md": write_markdown}
    if suffix not in writers:
        raise FaqDataError(
            [
                _("{out}: the format '{suffix}' is not known; name the file with one of {suffixes}").format(
                    out=out, suffix=suffix, suffixes=SUFFIXES
                )
            ]
        )
    return {out: writers[suffix](faq)}


def write_exchange(faq: Faq, out: Path) -> list[Path]:
    """Write a knowledge base in the format of a file's name; gives the files written.

    Raises:
        FaqDataError: see `exported`.
        FaqError: a file cannot be written.
    """
    contents = exported(faq, out)
    for path, data in contents.items():
        write_named(path, data)
    return list(contents)
