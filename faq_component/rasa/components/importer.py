"""Importers: what the FAQ adds to a Rasa project, and the demo's examples and rules from the folder ``bot/``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import cached_property
from pathlib import Path
from typing import Any

from rasa.shared.constants import DEFAULT_DATA_PATH
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import RuleStep, StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData

from faq_component.dialogue.arbitration import FAQ_INTENT, FAQ_INTENTS, HANDOVER_INTENT, RESUME_INTENT
from faq_component.dialogue.voice import read_voice
from faq_component.handover.settings import read_handover
from faq_component.rasa import patches
from faq_component.settings import load_settings, phrases_of
from faq_component.yaml_text import load_yaml

_FILES = Path(__file__).parents[1] / "project_files"
_FORM = "FORM"  # in the rules of forms, the name of one


class FaqImporter(RasaFileImporter):
    """Reads a Rasa project's files, and adds what the FAQ needs: ``importers: [name: faq_component.rasa.FaqImporter]``.

    It adds intents, entities, slots, actions, responses, rules, and NLU examples. What the project has by the same name
    stays: a response, a slot, the examples of `faq`, and rules that begin with the same intent, such as a rule of its
    own for `nlu_fallback`. Each form of the project ignores the FAQ's intents and gets rules by which a question is
    answered and the form goes on, unless the project has rules for `faq` in that form.

    Paths in settings are relative to the working directory, as for `FaqRecall`: in cross-validation, Rasa copies the
    configuration into a temporary folder.

    Args:
        config_file: path of the configuration.
        domain_path: of ``--domain``.
        training_data_paths: of ``--data``, ``--nlu`` or ``--stories``.
        cache_dir: folder of jieba's cache.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        cache_dir: str = ".faq",
        **_: Any,
    ) -> None:
        self._settings = load_settings(config_file or "config.yml")
        self._cache_dir = cache_dir
        super().__init__(config_file, domain_path, training_data_paths)

    def get_domain(self) -> Domain:
        """Return the project's domain with what the FAQ adds."""
        return self._domain

    @cached_property
    def _domain(self) -> Domain:
        own: Domain = super().get_domain()
        known = own.as_dict()
        added = self._project_file("domain.yml")
        for section in ("intents", "entities", "actions"):
            names = {_name(item) for item in known.get(section, [])}
            added[section] = [item for item in added[section] if _name(item) not in names]
        added["slots"] = {name: slot for name, slot in added["slots"].items() if name not in known.get("slots", {})}
        said = read_voice(self._settings.voice).responses
        added["responses"] = {
            name: [{"text": text} for text in variants]
            for name, variants in said.items()
            if name not in known.get("responses", {})
        }
        added["forms"] = {}
        merged = own.merge(Domain.from_dict(added))
        ours = FAQ_INTENTS | ({HANDOVER_INTENT, RESUME_INTENT} if self._settings.handover else set())
        return Domain.from_dict(_with_ignored_intents(merged.as_dict(), ours))

    def _project_file(self, name: str) -> dict[str, Any]:
        """Read a file of what is added; with the setting `handover`, together with what that adds."""
        content = _read(name)
        if self._settings.handover:
            for section, values in _read(f"handover_{name}").items():
                if isinstance(values, list):
                    content[section] = [*content[section], *values]
        return content

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """Return the project's stories and rules with the FAQ's rules."""
        own: StoryGraph = super().get_stories(exclusion_percentage)
        rules = [*self._project_file("rules.yml")["rules"]]
        for form in self._domain.form_names:
            for name in ("form_rules.yml", *(["handover_form_rules.yml"] if self._settings.handover else [])):
                text = _FILES.joinpath(name).read_text("utf-8").replace(_FORM, form)
                rules += load_yaml(text)["rules"]
        taken = {name for step in own.story_steps if isinstance(step, RuleStep) for name in _beginnings(step)}
        added = [rule for rule in rules if (_form_of(rule), rule["steps"][0]["intent"]) not in taken]
        steps = YAMLStoryReader(self._domain).read_from_parsed_yaml({"version": "3.1", "rules": added})
        return StoryGraph([*own.story_steps, *steps], own.story_end_checkpoints)  # its `merge` loses the checkpoints

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the project's NLU examples, with examples of `faq`, and of the wish for a person, where it has none.

        jieba's cache is moved to the private folder before: Rasa's tokenizer comes next.
        """
        patches.keep_jieba_cache_private(self._cache_dir)
        own: TrainingData = super().get_nlu_data(language)
        if not own.intents:
            return own
        added = []
        if FAQ_INTENT not in own.intents:
            added.append(f"nlu.{phrases_of(self.get_config().get('language'))}.yml")
        if HANDOVER_INTENT not in own.intents and self._is_asked_for_people():
            added.append("handover_nlu.yml")
        for name in added:
            own = own.merge(RasaYAMLReader().reads(_FILES.joinpath(name).read_text("utf-8")))
        return own

    def _is_asked_for_people(self) -> bool:
        """Whether the wish for a person is to be recognised by meaning."""
        file = self._settings.handover
        return file is not None and read_handover(file).triggers.asked


class BotImporter(FaqImporter):
    """Reads NLU examples and rules from a folder of its own where Rasa names its default, ``data``.

    `rasa train` without flags reads all of ``data/``, but here that is the knowledge base, and test data. Other paths,
    such as those of ``--data`` and ``--nlu``, and a fold of cross-validation, are read as they are given. In the folder
    test conversations (files that begin with ``test_``) are left out.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        folder: str = "bot",
        cache_dir: str = ".faq",
        **_: Any,
    ) -> None:
        if training_data_paths in (None, DEFAULT_DATA_PATH, [DEFAULT_DATA_PATH]):
            files = [str(file) for file in sorted(Path(folder).glob("*.yml"))]
            training_data_paths = [file for file in files if not YAMLStoryReader.is_test_stories_file(file)]
        super().__init__(config_file, domain_path, training_data_paths, cache_dir)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = load_yaml(_FILES.joinpath(name).read_text("utf-8"))
    return content


def _name(item: str | Mapping[str, Any]) -> str:
    return item if isinstance(item, str) else next(iter(item))


def _with_ignored_intents(domain: dict[str, Any], ours: Set[str]) -> dict[str, Any]:
    """Let each form ignore the FAQ's intents, beside those that it ignores already."""
    for name, form in (domain.get("forms") or {}).items():
        ignored: Any = form.get("ignored_intents") or []
        ignored = [ignored] if isinstance(ignored, str) else list(ignored)
        ignored += sorted(ours - set(ignored))
        domain["forms"][name] = {**form, "ignored_intents": ignored}
    return domain


def _form_of(rule: Mapping[str, Any]) -> str | None:
    """The form in which a rule of ours holds; None outside of forms."""
    return next((condition["active_loop"] for condition in rule.get("condition", ())), None)


def _beginnings(rule: RuleStep) -> Iterator[tuple[str | None, str | None]]:
    """The form in which a rule of the project holds, and each intent with which it begins."""
    form = next((event.name for event in rule.get_rules_condition() if isinstance(event, ActiveLoop)), None)
    for event in rule.get_rules_events():
        alternatives = event if isinstance(event, list) else [event]
        intents = [each.intent_name for each in alternatives if isinstance(each, UserUttered)]
        if intents:
            yield from ((form, intent) for intent in intents)
            return
