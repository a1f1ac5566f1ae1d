"""``rasa`` without TensorFlow, where the pipeline needs none: ``python -m faq_component.rasa.process.light_rasa run``.

Rasa imports TensorFlow whatever `config.yml` names: half of the time that a bot takes to start, and of its memory.
Where all components of the pipeline do without, this puts a stand-in in TensorFlow's place, which can be imported and
subclassed but not called, and has Rasa register those components only. Where one may need it, and for any command but
``run`` and ``shell``, Rasa starts as it is.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from faq_component.retrieval.tokens import use_private_jieba_cache

# Rasa's components that do without TensorFlow: where they are.
LIGHT = {
    "WhitespaceTokenizer": "rasa.nlu.tokenizers.whitespace_tokenizer",
    "JiebaTokenizer": "rasa.nlu.tokenizers.jieba_tokenizer",
    "RegexFeaturizer": "rasa.nlu.featurizers.sparse_featurizer.regex_featurizer",
    "LexicalSyntacticFeaturizer": "rasa.nlu.featurizers.sparse_featurizer.lexical_syntactic_featurizer",
    "CountVectorsFeaturizer": "rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer",
    "RegexEntityExtractor": "rasa.nlu.extractors.regex_entity_extractor",
    "EntitySynonymMapper": "rasa.nlu.extractors.entity_synonyms",
    "DucklingEntityExtractor": "rasa.nlu.extractors.duckling_entity_extractor",
    "KeywordIntentClassifier": "rasa.nlu.classifiers.keyword_intent_classifier",
    "LogisticRegressionClassifier": "rasa.nlu.classifiers.logistic_regression_classifier",
    "FallbackClassifier": "rasa.nlu.classifiers.fallback_classifier",
    "RulePolicy": "rasa.core.policies.rule_policy",
    "MemoizationPolicy": "rasa.core.policies.memoization",
    "AugmentedMemoizationPolicy": "rasa.core.policies.memoization",
}
_OURS = "faq_component."
_LEFT_OUT = ("tensorflow", "tensorflow_addons", "keras")
_COMPONENTS = "rasa.engine.recipes.default_components"
_TENSORFLOW_SETTINGS = "TF_"  # Rasa hands these environment variables to TensorFlow


def main() -> None:
    """Run Rasa's command line."""
    names = light_components(Path("config.yml")) if sys.argv[1:2] in (["run"], ["shell"]) else None
    if names is not None:
        leave_out_tensorflow(names)
    from rasa.__main__ import main as run

    use_private_jieba_cache(".faq")  # before Rasa's JiebaTokenizer makes one in the shared temporary folder
    sys.argv[0] = "rasa"
    run()


def light_components(config: Path) -> list[str] | None:
    """Rasa's components that a configuration names; None where one may need TensorFlow, or it cannot be read."""
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
        parts = [part["name"] for key in ("pipeline", "policies") for part in content[key]]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):  # Rasa says what is wrong
        return None
    names = [name for name in parts if not str(name).startswith(_OURS)]
    return names if all(name in LIGHT for name in names) else None


def leave_out_tensorflow(names: Sequence[str]) -> None:
    """Put the stand-in in place, for a pipeline of these components of Rasa's; to be called before Rasa is imported."""
    for name in [name for name in os.environ if name.startswith(_TENSORFLOW_SETTINGS)]:
        del os.environ[name]
    sys.meta_path.insert(0, _Finder())
    sys.modules[_COMPONENTS] = _Components(names)


class _Components(ModuleType):
    """Rasa's module of all components, with some of them, imported when they are asked for."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(_COMPONENTS)
        self._names = names

    def __getattr__(self, name: str) -> Any:
        if name != "DEFAULT_COMPONENTS":
            raise AttributeError(name)
        return [getattr(importlib.import_module(LIGHT[component]), component) for component in self._names]


class _Absent(type):
    """The type of whatever TensorFlow has: a class in annotations and as a base."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return absent(f"{cls.__name__}.{name}")

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        raise RuntimeError(
            f"{cls.__name__} of TensorFlow is needed, which was left out because no component in config.yml needs it; "
            "retrain the model, or start it with `rasa` in place of `python -m faq_component.rasa.process.light_rasa`"
        )


def absent(name: str) -> Any:
    """The stand-in for something of TensorFlow's."""
    return _Absent(name, (), {})


class _AbsentModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _decorate if name == "function" else absent(name)


def _decorate(*given: Any, **_: Any) -> Any:
    """``tf.function``, with and without arguments."""
    return given[0] if given and callable(given[0]) else _decorate


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds TensorFlow, and every module in it, as modules of stand-ins."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in _LEFT_OUT:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


if __name__ == "__main__":
    main()
