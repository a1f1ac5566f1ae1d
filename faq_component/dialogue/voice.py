"""The bot's own phrases, from a YAML file for each language and tone, which is reread when it is edited."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from faq_component.dialogue.spoken import CHINESE, ENGLISH, language_of
from faq_component.errors import VoiceError
from faq_component.language import _
from faq_component.language import listed as joined
from faq_component.yaml_text import load_yaml

# Names of the program's own sentences; the file of a language without a tone must have all of them.
SENTENCES = frozenset(("greeting", "ask_back", "none_of_these", "reply_with_number", "related", "useful", "useless"))
# Those that a file may lack, since it may be older than they are: the package's phrases of its language stand in.
_HANDOVER = ("opened", "closed", "closed_for_long", "unreachable", "unavailable", "joined", "offer", "ask", "back")
_ENDED = ("person", "user", "no_person", "no_user")
LATER_SENTENCES = frozenset(
    (
        *("ask_reason", "ask_comment", "nearest", "refused"),
        *(f"reason_{reason}" for reason in ("wrong", "unclear", "outdated", "other")),
        *(f"handover_{name}" for name in (*_HANDOVER, *(f"ended_{who}" for who in _ENDED))),
    )
)
# Phrases for a project without any of its own: ``zh`` and ``en``.
_PHRASES = Path(__file__).with_name("phrases")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_VALUE = re.compile(r"\{(\w+)\}")
# Modification time and size of a file and of its language's file; zeros where it is missing.
_Stamps = tuple[tuple[int, int], tuple[int, int]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Voice:
    """Variants of each domain response (``utter_...``) and of each sentence, by name."""

    responses: Mapping[str, tuple[str, ...]]
    sentences: Mapping[str, tuple[str, ...]]

    def say(self, name: str, /, **values: Any) -> str:
        """Draw a variant and fill in ``{name}`` for each given value; other braces stay."""
        variants = self.responses.get(name) or self.sentences[name]
        return _filled(random.choice(variants), values)  # noqa: S311 (which is said is no secret)

    def first(self, name: str) -> str:
        """Return the first variant, for a text that must not vary."""
        return (self.responses.get(name) or self.sentences[name])[0]


class Voices:
    """The voice of a file, and the voices beside it for other languages.

    ``zh-warm.yml`` is a tone of ``zh.yml`` and takes missing phrases from it. A conversation in another language uses
    ``en-warm.yml`` if present, else ``en.yml``, else the voice of the file itself. An edit takes effect with the next
    sentence. A faulty edit is logged, and the previous content stays in use; where another language's file has none,
    the voice of the file itself is used.

    Raises:
        VoiceError: the file is missing or faulty at the start.
    """

    def __init__(self, file: str | Path) -> None:
        self._file = voice_file(file)
        self._known: dict[Path, tuple[_Stamps, Voice]] = {}
        self._faulty: dict[Path, _Stamps] = {}
        self.of()

    def of(self, language: str | None = None) -> Voice:
        """Return the voice for a language, such as ``"en"``; by default, or where it is missing, that of the file."""
        own, _dash, tone = self._file.stem.partition("-")
        if language and language != own and _LANGUAGE.fullmatch(language):
            for name in dict.fromkeys((f"{language}-{tone}" if tone else language, language)):
                file = self._file.with_name(f"{name}.yml")
                if file.is_file() and (voice := self._read(file)):
                    return voice
        voice = self._read(self._file)
        assert voice  # noqa: S101 (it was read at the start)
        return voice

    def _read(self, file: Path) -> Voice | None:
        """Read a voice, or return the one before a faulty edit; None for another language's file without either."""
        base, stamp = _plain(file), file_stamp(file)
        stamps = (stamp, stamp if base == file else file_stamp(base))
        known = self._known.get(file)
        if stamps in (known and known[0], self._faulty.get(file)):
            return known and known[1]
        try:
            voice = read_voice(file)
        except VoiceError as error:
            if file == self._file and known is None:
                raise
            self._faulty[file] = stamps
            logger.error("%s The previous phrases stay in use.", error)
            return known and known[1]
        self._known[file] = (stamps, voice)
        return voice


def voice_file(voice: str | Path) -> Path:
    """Return the file of the setting `voice`: itself, or the package's phrases of a language (``zh``, ``en``)."""
    own = _PHRASES / f"{voice}.yml"
    return own if _LANGUAGE.fullmatch(str(voice)) and own.is_file() else Path(voice)


def read_voice(file: str | Path) -> Voice:
    """Read a file, or the package's phrases of a language; missing phrases of a tone come from its language's file.

    Raises:
        VoiceError: the file is missing or faulty.
    """
    file = voice_file(file)
    base = _plain(file)
    voice = _parsed(file)
    if base != file:
        plain = _parsed(base)
        voice = Voice({**plain.responses, **voice.responses}, {**plain.sentences, **voice.sentences})
    missing = sorted(SENTENCES - set(voice.sentences))
    if missing:
        raise VoiceError(
            _("{file}: sentences lack {names}; write what the bot is to say there.").format(
                file=base, names=joined(missing)
            )
        )
    return Voice(voice.responses, {**_later_phrases(base, voice), **voice.sentences})


def _later_phrases(file: Path, voice: Voice) -> Mapping[str, tuple[str, ...]]:
    """Return the package's `LATER_SENTENCES`, in the language of a file."""
    language = file.stem
    if not (_PHRASES / f"{language}.yml").is_file():
        language = CHINESE if any(language_of(text) == CHINESE for text in voice.sentences["greeting"]) else ENGLISH
    phrases = _PHRASES / f"{language}.yml"
    known = voice if file == phrases else _parsed(phrases)
    return {name: variants for name, variants in known.sentences.items() if name in LATER_SENTENCES}


def _parsed(file: Path) -> Voice:
    try:
        content = load_yaml(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise VoiceError(
            _("The voice {file} cannot be read ({reason}); correct the setting 'voice'.").format(
                file=file, reason=error.strerror
            )
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise VoiceError(
            _("{file} is not YAML: {reason}").format(file=file, reason=" ".join(str(error).split()))
        ) from error
    if not isinstance(content, dict) or set(content) - {"responses", "sentences"}:
        raise VoiceError(
            _("{file} must have the sections 'responses' and 'sentences', and no others.").format(file=file)
        )
    responses, sentences = (_section(file, content.get(name) or {}) for name in ("responses", "sentences"))
    unknown = sorted(set(sentences) - SENTENCES - LATER_SENTENCES)
    if unknown:
        raise VoiceError(
            _("{file}: unknown sentence '{name}'; known are {names}.").format(
                file=file, name=unknown[0], names=joined(sorted(SENTENCES | LATER_SENTENCES))
            )
        )
    return Voice(responses, sentences)


def _section(file: Path, given: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict):
        raise VoiceError(
            _("{file}: a section must give each name a sentence, or a list of sentences.").format(file=file)
        )
    found = {}
    for name, variants in given.items():
        listed = variants if isinstance(variants, list) else [variants]
        if not listed or not all(isinstance(text, str) and text.strip() for text in listed):
            raise VoiceError(
                _("{file}: '{name}' must be a sentence, or a list of sentences.").format(file=file, name=name)
            )
        found[str(name)] = tuple(listed)
    return found


def _plain(file: Path) -> Path:
    return file.with_name(file.stem.partition("-")[0] + file.suffix)


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return _VALUE.sub(lambda match: str(values[match[1]]) if values.get(match[1]) is not None else match[0], text)


def file_stamp(file: Path) -> tuple[int, int]:
    """Return modification time and size of a file; zeros where it is missing."""
    try:
        stat = file.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
