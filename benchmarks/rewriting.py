"""Effect of each rewriting of texts on retrieval, on development questions only.

`python -m benchmarks.rewriting` prints hit@1 and MRR@10 of keyword, dense and hybrid retrieval without and with each
switch, and the difference with its 95% paired bootstrap interval: on the dev half of the demo FAQ's held-out questions,
on those with one character typed as another of the same or nearly the same sound, on those in traditional characters,
and on development questions of public corpora.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from operator import ne
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pypinyin import lazy_pinyin

from benchmarks.machine import machine
from faq_component.assistant.build_encoders import build_encoder
from faq_component.encoders.cache import CachedEncoder
from faq_component.evaluation import Query, halves, hold_out, load_queries
from faq_component.evaluation.metrics import bootstrap
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.retrieval import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.retrieval.comparison_encoder import ComparisonEncoder
from faq_component.retrieval.pinyin import fold_sounds, with_pinyin
from faq_component.retrieval.question import Question
from faq_component.retrieval.rewrite import Rewriter, digits, read_synonyms, to_simplified
from faq_component.retrieval.tokens import Tokenizer, characters_and_bigrams
from faq_component.settings import Settings
from faq_component.text import normalize

_SAMPLE = 500
_DEPTH = 10
Values = npt.NDArray[np.float64]


def build(faq: Faq, rewrite: Rewriter, tokenize: Tokenizer = characters_and_bigrams) -> dict[str, Retriever]:
    """Build the retrievers over rewritten texts."""
    encoder = build_encoder(Settings())
    posts = ComparisonEncoder(CachedEncoder(encoder, ".faq/vectors.sqlite"), rewrite)
    dense = DenseRetriever(faq, ComparisonEncoder(encoder, rewrite), posts)
    keyword = KeywordRetriever(faq, lambda text: tokenize(rewrite(text)))
    return {"keyword": keyword, "dense": dense, "hybrid": HybridRetriever(dense, keyword)}


def mistyped(faq: Faq, queries: Sequence[Query], *, confused: bool = False) -> list[Query]:
    """Replace one Chinese character of each question by another of the same pinyin, from the posts of the FAQ.

    With `confused` its pinyin is one that many speakers confuse with it (`fold_sounds`).
    """
    draw = random.Random(0)
    chars = sorted({char for topic in faq.topics for post in topic.posts for char in post if _is_chinese(char)})
    alike: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for char in chars:
        sound = lazy_pinyin(char)[0]
        alike[fold_sounds(sound)].append((char, sound))
    result = []
    for query in queries:
        # pypinyin takes a list too, which keeps one sound per character; what is not Chinese has none.
        sounds = lazy_pinyin(query.text, errors=lambda other: [""] * len(other))  # type: ignore[arg-type,return-value]
        others = [
            [other for other, its in alike[fold_sounds(sound)] if other != char and (its != sound) == confused]
            for sound, char in zip(sounds, query.text, strict=True)
        ]
        places = [place for place, found in enumerate(others) if found]
        if places:
            place = draw.choice(places)
            typed = query.text[:place] + draw.choice(others[place]) + query.text[place + 1 :]
            result.append(Query(typed, query.topic_id))
    return result


def _is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def data_sets(data: Path) -> dict[str, tuple[Faq, list[Query]]]:
    """Return corpus and development questions by name."""
    faq = load_faq("data/faq")
    dev = halves(load_queries("data/held_out.json", faq))[0]
    import opencc

    traditional = opencc.OpenCC("s2t").convert
    found = {
        "demo": (faq, dev),
        "demo, homophones": (faq, mistyped(faq, dev)),
        "demo, confused sounds": (faq, mistyped(faq, dev, confused=True)),
        "demo, traditional": (faq, [Query(traditional(query.text), query.topic_id) for query in dev]),
    }
    topics = data / "topics"
    if not topics.is_dir():
        print(f"{topics} is not there: public corpora are left out")
        return found
    rest, _ = hold_out(load_faq(topics / "chitchat_zh.json", responses_required=False))  # the reported tenth stays away
    chat, chat_dev = hold_out(rest, seed=1)
    massive = load_faq(topics / "massive_zh_train.json", responses_required=False)
    massive_dev = load_queries(topics / "massive_zh_dev.json", massive)
    draw = random.Random(0)
    found["chit-chat"] = chat, draw.sample(chat_dev, _SAMPLE)
    found["MASSIVE zh-CN"] = massive, draw.sample(massive_dev, _SAMPLE)
    return found


def measure(retriever: Retriever, queries: Sequence[Query]) -> dict[str, Values]:
    """Compute hit@1 and reciprocal rank (0 beyond the tenth) of each question. *Shape:* each ``(len(queries),)``."""
    reciprocal = np.zeros(len(queries))
    for number, query in enumerate(queries):
        topics = [hit.topic_id for hit in retriever.search(Question(query.text), _DEPTH)]
        if query.topic_id in topics:
            reciprocal[number] = 1 / (1 + topics.index(query.topic_id))
    return {"hit@1": (reciprocal == 1).astype(np.float64), "MRR@10": reciprocal}


def main() -> None:
    """Measure and print a table for each retriever and metric."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder that holds topics/*.json")
    rewriters: dict[str, Rewriter] = {
        "simplify": to_simplified(),
        "digits": digits,
        "synonyms": read_synonyms("data/synonyms.txt"),
    }
    switches: dict[str, Callable[[Faq], dict[str, Retriever]]] = {
        name: partial(build, rewrite=rewrite) for name, rewrite in rewriters.items()
    }
    switches["pinyin"] = partial(build, rewrite=normalize, tokenize=with_pinyin(characters_and_bigrams))
    found = data_sets(parser.parse_args().data)
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    touched = []
    for name, (faq, queries) in found.items():
        texts = [normalize(query.text) for query in queries]
        counts = {switch: sum(map(ne, map(rewrite, texts), texts)) for switch, rewrite in rewriters.items()}
        touched.append(f"{name} {', '.join(f'{switch} {count}' for switch, count in counts.items())}")
        plain = {way: measure(retriever, queries) for way, retriever in build(faq, normalize).items()}
        with_switch = [
            {way: measure(retriever, queries) for way, retriever in switch(faq).items()} for switch in switches.values()
        ]
        for way, metrics in plain.items():
            for metric, values in metrics.items():
                differences = [bootstrap(measured[way][metric] - values) for measured in with_switch]
                cells = [f"{cell.value:+.4f} [{cell.low:+.4f}, {cell.high:+.4f}]" for cell in differences]
                rows[way, metric].append(f"| {name} | {len(queries)} | {values.mean():.4f} | {' | '.join(cells)} |")
    print(machine())
    print("questions that hold something to rewrite: " + "; ".join(touched))
    for (way, metric), lines in rows.items():
        print(f"\n{way}, {metric}\n\n| data | questions | without | {' | '.join(switches)} |")
        print("\n".join(["| --- |" + " --- |" * (len(switches) + 2), *lines]))


if __name__ == "__main__":
    main()
