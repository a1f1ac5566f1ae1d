"""``rasa`` without TensorFlow, where the pipeline needs none: ``python -m faq_component.rasa.process.light_rasa run``.

Why: docs/project/decisions/0010-patches-of-rasa.md. Where all components of the pipeline do without, two patches of
`faq_component.rasa.patches` put stand-ins in the place of TensorFlow and of Rasa's list of components. Where one may
need it, and for any command but ``run`` and ``shell``, Rasa starts as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from faq_component.errors import SettingsError
from faq_component.rasa import patches
from faq_component.yaml_text import load_yaml

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


def main() -> None:
    """Run Rasa's command line."""
    try:
        names = light_components(Path("config.yml")) if sys.argv[1:2] in (["run"], ["shell"]) else None
        if names is not None:
            patches.register_named_components({name: LIGHT[name] for name in names})
            patches.leave_out_tensorflow()
        patches.keep_jieba_cache_private(".faq")  # before Rasa's JiebaTokenizer makes one in the temporary folder
    except SettingsError as error:
        sys.exit(str(error))
    from rasa.__main__ import main as run

    sys.argv[0] = "rasa"
    run()


def light_components(config: Path) -> list[str] | None:
    """Rasa's components that a configuration names; None where one may need TensorFlow, or it cannot be read."""
    try:
        content = load_yaml(config.read_text(encoding="utf-8"))
        parts = [part["name"] for key in ("pipeline", "policies") for part in content[key]]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):  # Rasa says what is wrong
        return None
    names = [name for name in parts if not str(name).startswith(_OURS)]
    return names if all(name in LIGHT for name in names) else None


if __name__ == "__main__":
    main()
