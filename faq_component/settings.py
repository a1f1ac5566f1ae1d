"""Every setting of the FAQ, once: the Rasa component, the command line and the README's table read this class."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from faq_component.errors import SettingsError
from faq_component.language import AUTO, LANGUAGES, choose_language
from faq_component.support.setting_fields import check_fields, fields_table, setting

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
# Settings that change nothing in what is recalled, or that stand for something whose content is looked at.
_NOT_RECALL = frozenset(
    {"faq", "reload_seconds", "encoder", "top_k", "threads", "cache_dir", "seed", "intent_threshold"}
    | {"guard", "follow_up", "log", "feedback", "voice", "language", "service_url", "service_timeout"}
    | {"answer_precision", "ask_precision", "answer_threshold", "clarify_threshold", "margin"}
)


@dataclass(frozen=True)
class Settings:
    """The settings of recall and decision; paths are relative to the working directory.

    Raises:
        SettingsError: a value is of the wrong type or out of its bounds.
    """

    faq: str = setting(
        "data/faq",
        "the knowledge base: a JSON file, a folder of them, or a database's URL (knowledge/store/README.md)",
        shown=False,
    )
    reload_seconds: float = setting(0.5, "how often is looked for edits of it; 0 never", low=0.0, high=3600.0)
    retriever: str = setting("hybrid", "how posts are recalled", choices=RETRIEVERS)
    encoder: str = setting("models/encoder", "folder of the encoder; for other backends also a hub name, or its URL")
    encoder_backend: str = setting("onnx", "what runs the encoder (encoders/README.md)", choices=BACKENDS)
    pooling: str = setting("mean", "of the backend transformers; the others know their own", choices=POOLINGS)
    threads: int = setting(2, "threads of the encoder; 0 leaves it to ONNX Runtime", low=0, high=256)
    top_k: int = setting(5, "topics recalled per message", low=1, high=100)
    keyword_weight: float = setting(0.4, "share of the keyword score in the hybrid score", low=0.0, high=1.0)
    overlap_weight: float = setting(0.0, "share of the overlap of character bigrams in it", low=0.0, high=1.0)
    agreement: float = setting(0.6, "how much more posts of a topic support its best, in it", low=0.0, high=1.0)
    classifier_weight: float = setting(
        0.3,
        "share of a classifier of topics, fitted on the posts, in it; 0, or over 20,000,000 posts x topics, fits none",
        low=0.0,
        high=1.0,
    )
    similarity: str = setting("cosine", "of vectors; dot for a model trained for it", choices=("cosine", "dot"))
    index: str = setting("auto", "how vectors are searched: exactly, or by which approximation", choices=INDEXES)
    simplify: bool = setting(True, "compare traditional characters as simplified ones")
    digits: bool = setting(False, "compare Chinese numbers as digits")
    pinyin: bool = setting(False, "keyword recall also compares sounds, for wrong characters of the same pinyin")
    synonyms: str | None = setting(None, "file of words that mean the same, such as data/synonyms.txt")
    tokens: str = setting("chars", "what keyword recall compares", choices=TOKENS)
    stop_words: str | None = setting(None, "file of tokens to leave out, one per line")
    user_dictionary: str | None = setting(None, "file of words for jieba, in its format")
    bm25_k1: float = setting(1.5, "BM25: how soon repetition saturates", low=0.0, high=10.0)
    bm25_b: float = setting(0.75, "BM25: how much a long post is held back", low=0.0, high=1.0)
    negative_idf: str = setting("shift", "BM25: what a word of most posts counts", choices=NEGATIVE_IDF)
    answer_precision: float = setting(0.95, "of the answers given, so many are to be right", low=0.0, high=1.0)
    ask_precision: float = setting(0.5, "of the questions back, so many are to offer the topic", low=0.0, high=1.0)
    follow_up: bool = setting(True, "an unclear message after an answer is searched with that answer's topic")
    guard: bool = setting(True, "ask back where a post differs by a word that turns its meaning")
    answer_threshold: float | None = setting(
        None, "score from which a topic is answered, instead of the precisions", low=0.0, high=1.0
    )
    clarify_threshold: float | None = setting(None, "score from which is asked back, likewise", low=0.0, high=1.0)
    margin: float | None = setting(None, "lead over the second topic needed to answer, likewise", low=0.0, high=1.0)
    intent_threshold: float = setting(0.7, "probability from which an intent of a dialogue stands", low=0.0, high=1.0)
    reranker: str = setting("none", "what orders the recalled topics anew (rerank/README.md)", choices=RERANKERS)
    reranker_path: str | None = setting(None, "folder of its model")
    rerank_candidates: int = setting(20, "topics that it orders", low=1, high=100)
    elasticsearch_url: str = setting("http://127.0.0.1:9200", "address of Elasticsearch (retrieval/engines/ENGINES.md)")
    elasticsearch_index: str = setting("faq", "its alias, and how its indexes begin; one for each FAQ")
    elasticsearch_mode: str = setting("keyword", "how it searches", choices=ELASTICSEARCH_MODES)
    milvus_uri: str = setting(
        ".faq/milvus.db", "file of Milvus Lite, or address of a cluster (retrieval/engines/MILVUS.md)"
    )
    milvus_collection: str = setting("faq", "begins the names of its collections; one for each FAQ")
    milvus_mode: str = setting("hybrid", "how it searches", choices=MILVUS_MODES)
    service_url: str | None = setting(
        None, "address of `faq serve`, which Rasa then asks instead of recalling itself (service/README.md)"
    )
    service_timeout: float = setting(0.7, "seconds that a request to it may take", low=0.05, high=10.0)
    log: str = setting(
        ".faq/usage.sqlite",
        "file of the log of what was asked, or none (usage/README.md)",
        noun="the path of a file, or none to keep no log",
        refused=("", "off", "no", "false"),
    )
    feedback: bool = setting(False, "有用 and 没用, buttons under an answer")
    voice: str = setting("bot/voice/zh.yml", "file of what the bot itself says (bot/voice/README.md)")
    language: str = setting(
        AUTO, "language of the programs' messages; auto takes the locale's (LANG)", choices=(AUTO, *LANGUAGES)
    )
    cache_dir: str = setting(".faq", "private folder for vectors and jieba's dictionary cache")
    seed: int | None = setting(None, "makes the draw of responses repeatable, for tests")

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from names and values; an unknown name is refused with a suggestion."""
        names = [item.name for item in fields(cls)]
        for name in values:
            if name not in names:
                close = difflib.get_close_matches(str(name), names, n=1)
                hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(names)}"
                raise SettingsError(f"unknown setting '{name}'; {hint}")
        return cls(**values)

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
    try:
        choose_language(settings.language)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    return settings


def _read_settings(path: Path) -> Settings:
    if not path.exists():
        return Settings()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    pipeline = content.get("pipeline") if isinstance(content, dict) else None
    for component in pipeline if isinstance(pipeline, list) else []:
        if isinstance(component, dict) and str(component.get("name", "")).rpartition(".")[2] == COMPONENT:
            try:
                return Settings.from_mapping({key: value for key, value in component.items() if key != "name"})
            except SettingsError as error:
                raise SettingsError(f"{path}: {error}") from error
    return Settings()


def settings_table() -> str:
    """The settings as a Markdown table: name, default, bounds, meaning."""
    return fields_table(Settings)


def files_of_recall(settings: Settings) -> dict[str, Path]:
    """What changes recall by its content: files, and the folder of a reranker, by the name of the setting."""
    paths = {name: getattr(settings, name) for name in ("synonyms", "stop_words", "user_dictionary")}
    if settings.reranker != "none":
        paths["reranker_path"] = settings.reranker_path
    return {name: Path(path) for name, path in paths.items() if path is not None}
