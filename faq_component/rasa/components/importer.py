"""An importer of training data from the folder ``bot/``, so that plain Rasa commands work in the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from faq_component.dialogue.voice import read_voice
from faq_component.rasa import patches
from faq_component.settings import load_settings


class BotImporter(RasaFileImporter):
    """Reads domain, NLU examples and rules from one folder, whatever Rasa's default paths are.

    `rasa train` without flags reads ``domain.yml`` and ``data/``, but here ``data/`` is the knowledge base. The
    domain's responses are those of the bot's voice. Test conversations (files that begin with ``test_``) are not
    training data. `cache_dir` is the folder of jieba's cache, relative to that of the configuration.
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
        root = Path(config_file).parent if config_file else Path()
        files = sorted(root.joinpath(folder).glob("*.yml"))
        training_files = [str(file) for file in files if not YAMLStoryReader.is_test_stories_file(str(file))]
        self._voice = root / load_settings(config_file or "config.yml").voice
        self._cache_dir = root / cache_dir
        super().__init__(config_file, str(root / folder / "domain.yml"), training_files)

    def get_domain(self) -> Domain:
        """Return the domain, with the responses of the voice."""
        responses = {
            name: [{"text": text} for text in variants] for name, variants in read_voice(self._voice).responses.items()
        }
        domain: Domain = super().get_domain()
        return domain.merge(Domain.from_dict({"version": "3.1", "responses": responses}))

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the NLU examples, after moving jieba's cache to the private folder: Rasa's tokenizer comes next."""
        patches.keep_jieba_cache_private(self._cache_dir)
        return super().get_nlu_data(language)
