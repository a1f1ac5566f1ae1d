"""Every setting of the FAQ, once: for the Rasa component, the command line and the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from faq_component.dialogue.scope import source_fault
from faq_component.errors import SettingsError
from faq_component.language import AUTO, LANGUAGES, N_, choose_language
from faq_component.support.setting_fields import Affects, CheckedSettings, Identity, setting
from faq_component.yaml_text import load_yaml

NEGATIVE_IDF = ("shift", "zero", "epsilon", "keep")

RETRIEVERS = (
    *("keyword", "dense", "hybrid", "rrf", "learned", "tfidf", "sklearn", "rank_bm25", "bm25s"),
    *("whoosh", "lucene", "elasticsearch", "milvus"),
)
BACKENDS = ("onnx", "transformers", "sentence-transformers", "remote")
POOLINGS = ("mean", "cls", "max", "second_to_last_mean")
RERANKERS = ("none", "cross", "poly")
ELASTICSEARCH_MODES = ("keyword", "dense")
MILVUS_MODES = ("hybrid", "dense", "keyword")
TOKENS = ("chars", "words", "search", "both")
INDEXES = ("auto", "exact", "flat", "hnsw", "ivf", "sq8")
COMPONENT = "FaqRecall"
SERVERS = frozenset({"milvus", "elasticsearch"})
WITHOUT_ENCODER = frozenset({"keyword", "tfidf", "sklearn", "rank_bm25", "bm25s", "whoosh", "lucene"})

_knowledge = partial(setting, group="Knowledge base")
_retrieval = partial(setting, group="Retrieval")
_encoder = partial(setting, group="Encoder")
_text = partial(setting, group="Texts and words")
_reranking = partial(setting, group="Reranking")
_decision = partial(setting, group="Decision")
_dialogue = partial(setting, group="Dialogue")
_engine = partial(setting, group="Search engines")
_operation = partial(setting, group="Operation")


@dataclass(frozen=True)
class Settings(CheckedSettings):
    """The settings of retrieval, decision and answers; paths are relative to the working directory.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds.
    """

    faq: str = _knowledge(
        "data/faq",
        "the knowledge base: a JSON file, a folder of them, or a database's URL (docs/guides/database.md)",
        affects=Affects.KNOWLEDGE,
        shown=False,
    )
    reload_seconds: float = _knowledge(
        0.5, "seconds between checks for edits; 0: never", affects=Affects.NOTHING, low=0.0, high=3600.0
    )
    retriever: str = _retrieval("hybrid", "how topics are found", affects=Affects.RETRIEVAL, choices=RETRIEVERS)
    top_k: int = _retrieval(5, "topics found for a message", affects=Affects.DECISION, low=1, high=100)
    keyword_weight: float = _retrieval(
        0.4, "share of the keyword score in the hybrid score", affects=Affects.RETRIEVAL, low=0.0, high=1.0
    )
    overlap_weight: float = _retrieval(
        0.0,
        "share of the overlap of character bigrams in the hybrid score",
        affects=Affects.RETRIEVAL,
        low=0.0,
        high=1.0,
    )
    agreement: float = _retrieval(
        0.6,
        "how much further posts of a topic support its best one in the hybrid score",
        affects=Affects.RETRIEVAL,
        low=0.0,
        high=1.0,
    )
    classifier_weight: float = _retrieval(
        0.3,
        "share of a classifier of topics, fitted on the posts, in it; up to twice as much where topics have few posts, "
        "and a third more of an FAQ in English; 0, or over 20,000,000 posts x topics, fits none",
        affects=Affects.RETRIEVAL,
        low=0.0,
        high=1.0,
    )
    answers_weight: float = _retrieval(
        1.0,
        "greatest weight of the answers in it, where topics have fewer than ten posts and these find their answers; "
        "0 leaves them out",
        affects=Affects.RETRIEVAL,
        low=0.0,
        high=10.0,
    )
    index: str = _retrieval(
        "auto",
        "how vectors are searched: exactly, or by which approximation",
        affects=Affects.RETRIEVAL,
        choices=INDEXES,
    )
    encoder: str = _encoder(
        "models/encoder",
        "folder of the encoder, or default for the shipped one; for other backends also a hub name, or its URL",
        affects=Affects.RETRIEVAL,
        identity=Identity.FINGERPRINT,
    )
    encoder_backend: str = _encoder(
        "onnx", "what runs the encoder (docs/guides/encoders.md)", affects=Affects.RETRIEVAL, choices=BACKENDS
    )
    pooling: str = _encoder(
        "mean", "of the backend transformers; the others know their own", affects=Affects.RETRIEVAL, choices=POOLINGS
    )
    similarity: str = _encoder(
        "cosine",
        "of vectors; dot for a model trained for it",
        affects=Affects.RETRIEVAL,
        choices=("cosine", "dot"),
    )
    threads: int = _encoder(
        2, "threads of the encoder; 0 leaves it to ONNX Runtime", affects=Affects.NOTHING, low=0, high=256
    )
    simplify: bool = _text(
        True, "compare traditional characters as simplified ones", affects=Affects.REWRITING | Affects.RETRIEVAL
    )
    digits: bool = _text(False, "compare Chinese numbers as digits", affects=Affects.REWRITING | Affects.RETRIEVAL)
    synonyms: str | None = _text(
        None,
        "file of words that mean the same, such as data/synonyms.txt",
        affects=Affects.REWRITING | Affects.RETRIEVAL,
        identity=Identity.CONTENT,
    )
    tokens: str = _text(
        "chars",
        "tokens that keyword retrieval compares: characters with bigrams, jieba's words, or both",
        affects=Affects.RETRIEVAL,
        choices=TOKENS,
    )
    pinyin: bool = _text(
        False,
        "keyword retrieval also compares sounds, for wrong characters of the same pinyin",
        affects=Affects.RETRIEVAL,
    )
    stop_words: str | None = _text(
        None, "file of tokens to leave out, one per line", affects=Affects.RETRIEVAL, identity=Identity.CONTENT
    )
    user_dictionary: str | None = _text(
        None, "file of words for jieba, in its format", affects=Affects.RETRIEVAL, identity=Identity.CONTENT
    )
    bm25_k1: float = _text(1.5, "BM25: how soon repetition saturates", affects=Affects.RETRIEVAL, low=0.0, high=10.0)
    bm25_b: float = _text(0.75, "BM25: how much a long post is held back", affects=Affects.RETRIEVAL, low=0.0, high=1.0)
    negative_idf: str = _text(
        "shift",
        "BM25: what a word of most posts counts",
        affects=Affects.RETRIEVAL,
        choices=NEGATIVE_IDF,
    )
    reranker: str = _reranking(
        "none",
        "what reorders the topics found (docs/guides/reranking.md)",
        affects=Affects.RETRIEVAL,
        choices=RERANKERS,
    )
    reranker_path: str | None = _reranking(
        None, "folder of its model", affects=Affects.RETRIEVAL, identity=Identity.CONTENT
    )
    rerank_candidates: int = _reranking(20, "topics that it reorders", affects=Affects.RETRIEVAL, low=1, high=100)
    answer_precision: float = _decision(
        0.95, "target precision of answers", affects=Affects.DECISION, low=0.0, high=1.0
    )
    ask_precision: float = _decision(
        0.5,
        "target share of clarifying questions that offer the right topic",
        affects=Affects.DECISION,
        low=0.0,
        high=1.0,
    )
    learn: bool = _decision(
        True,
        "move the confidence by what users and reviewers said, as the log has it (docs/guides/tune.md)",
        affects=Affects.DECISION,
    )
    contrast: bool = _decision(
        True, "ask to clarify where a post differs by a word that turns its meaning", affects=Affects.DECISION
    )
    answer_threshold: float | None = _decision(
        None,
        "score from which a topic is answered, instead of the target precisions",
        affects=Affects.DECISION,
        low=0.0,
        high=1.0,
    )
    clarify_threshold: float | None = _decision(
        None,
        "score from which a clarifying question is asked, instead of the target precisions",
        affects=Affects.DECISION,
        low=0.0,
        high=1.0,
    )
    margin: float | None = _decision(
        None,
        "least lead of the first topic's score for an answer; if set, it replaces the target precisions",
        affects=Affects.DECISION,
        low=0.0,
        high=1.0,
    )
    follow_up: bool = _dialogue(
        True, "search an unclear message after an answer with that answer's topic", affects=Affects.DIALOGUE
    )
    nearest_floor: float | None = _dialogue(
        None,
        "confidence from which the nearest known questions are offered where nothing is found, such as 0.1; without it "
        "none are (docs/guides/scopes.md)",
        affects=Affects.DIALOGUE,
        low=0.0,
        high=1.0,
    )
    scope: Mapping[str, Any] | None = _dialogue(
        None,
        "where the tags come from that limit which topics a message finds: slot, metadata or channel "
        "(docs/guides/scopes.md)",
        affects=Affects.DIALOGUE,
        check=source_fault,
    )
    intent_threshold: float = _dialogue(
        0.7, "probability from which an intent of a dialogue stands", affects=Affects.DIALOGUE, low=0.0, high=1.0
    )
    voice: str = _dialogue(
        "zh",
        "file of what the bot itself says, or zh or en for the package's phrases, by default those of the project's "
        "language (docs/guides/voice.md)",
        affects=Affects.PRESENTATION,
    )
    words: str | None = _dialogue(
        None,
        "file of words that must not pass, of users and of the bot, such as bot/words.yml (docs/guides/words.md)",
        affects=Affects.PRESENTATION,
    )
    handover: str | None = _dialogue(
        None,
        "file of when and how the bot hands over to a person (docs/guides/handover.md)",
        affects=Affects.DIALOGUE,
    )
    feedback: bool = _dialogue(
        False, "show the buttons 有用 (useful) and 没用 (not useful) under each answer", affects=Affects.PRESENTATION
    )
    seed: int | None = _dialogue(
        None, "makes the draw of responses repeatable, for tests", affects=Affects.PRESENTATION
    )
    elasticsearch_url: str = _engine(
        "http://127.0.0.1:9200",
        "address of Elasticsearch (docs/guides/search-engines.md)",
        affects=Affects.RETRIEVAL,
    )
    elasticsearch_index: str = _engine(
        "faq",
        "Elasticsearch's alias and the prefix of its index names; choose another for each FAQ",
        affects=Affects.NOTHING,
    )
    elasticsearch_mode: str = _engine(
        "keyword", "how it searches", affects=Affects.RETRIEVAL, choices=ELASTICSEARCH_MODES
    )
    milvus_uri: str = _engine(
        ".faq/milvus.db",
        "file of Milvus Lite, or address of a cluster (docs/guides/milvus.md)",
        affects=Affects.RETRIEVAL,
    )
    milvus_collection: str = _engine(
        "faq", "prefix of the Milvus collections' names; choose another for each FAQ", affects=Affects.NOTHING
    )
    milvus_mode: str = _engine("hybrid", "how it searches", affects=Affects.RETRIEVAL, choices=MILVUS_MODES)
    service_url: str | None = _operation(
        None,
        "address of `faq serve`, which Rasa then asks instead of searching itself (docs/guides/http-service.md)",
        affects=Affects.NOTHING,
    )
    service_timeout: float = _operation(
        0.7, "seconds that a request to it may take", affects=Affects.NOTHING, low=0.05, high=10.0
    )
    log: str = _operation(
        ".faq/usage.sqlite",
        "file of the log of what was asked, or none (docs/guides/review.md)",
        affects=Affects.NOTHING,
        noun=N_("the path of a file, or none to keep no log"),
        refused=("", "off", "no", "false"),
    )
    test_sets: str = _operation(
        "test_sets", "folder of the test sets (docs/guides/hit-test.md)", affects=Affects.NOTHING
    )
    language: str = _operation(
        AUTO,
        "language of the programs' messages; auto takes the locale's (LANG)",
        affects=Affects.PRESENTATION,
        choices=(AUTO, *LANGUAGES),
    )
    cache_dir: str = _operation(
        ".faq", "private folder for what is derived from the knowledge base", affects=Affects.NOTHING
    )

    def override(self, **values: Any) -> Settings:
        """A copy in which the values that are not None replace these."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})


def load_settings(config: str | Path = "config.yml") -> Settings:
    """The settings that a Rasa `config.yml` gives its FaqRecall component; the defaults where there is no such file.

    So the action server and the command line work on the same knowledge base as the bot, and speak its language: that
    of this process becomes the one that the settings name.

    Raises:
        SettingsError: the file is not YAML, or a setting in it or `FAQ_LANGUAGE` is wrong.
    """
    settings = _read_settings(Path(config))
    choose_language_of(settings)
    return settings


def choose_language_of(settings: Settings) -> None:
    """Take the language that the settings name for this process.

    Raises:
        SettingsError: `FAQ_LANGUAGE` names a language that there is not.
    """
    try:
        choose_language(settings.language)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _read_settings(path: Path) -> Settings:
    if not path.exists():
        return Settings()
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    pipeline = content.get("pipeline") if isinstance(content, dict) else None
    for component in pipeline if isinstance(pipeline, list) else []:
        if isinstance(component, dict) and str(component.get("name", "")).rpartition(".")[2] == COMPONENT:
            try:
                given = {key: value for key, value in component.items() if key != "name"}
                return Settings.from_mapping({"voice": phrases_of(content.get("language")), **given})
            except SettingsError as error:
                raise SettingsError(f"{path}: {error}") from error
    return Settings()


def phrases_of(language: Any) -> str:
    """Return the language of the package's texts for a Rasa project: English, unless its own is Chinese or none."""
    return "zh" if language is None or str(language).lower().startswith("zh") else "en"
