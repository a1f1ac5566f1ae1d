"""Make the English corpora of `benchmarks.corpora` from clones of six public repositories.

`python -m benchmarks.english_corpora --chitchat microsoft/botframework-cli --home xliuhw/NLU-Evaluation-Data --demo
RasaHQ/rasa-demo --web ML-Recipes/BERT-FAQ --insurance AmFamMLTeam/ACID --shops hellohaptik/HINT3`, each flag with the
folder of a clone (bare or not), writes ``{topic: [texts]}`` to `.faq/corpora`, and of the first and the fourth
``{topic: [answers]}``, in `chitchat_en_answers` and so on:

- `chitchat_en`: the questions of the professional chit-chat (MIT);
- `hwu64`: the questions of the first fold, training set (Liu et al. 2019, CC BY 4.0);
- `rasa_demo_en`: the NLU examples without their entities (Apache 2.0);
- `stackfaq_en`: questions on web applications, in ten wordings each, and what users of Stack Exchange answered (Karan
  and Šnajder 2018, *Paraphrase-focused learning to rank for domain-specific frequently asked questions retrieval*;
  CC BY-SA);
- `acid`: what customers asked an insurer (Acharya and Fung 2020, *Using Optimal Embeddings to Learn New Intents with
  Few Examples: An Application in the Insurance Domain*; published for research, no licence stated);
- `curekart`, `powerplay11`, `sofmattress`: the bots of three shops, second version (Arora et al. 2020, *HINT3: Raising
  the bar for Intent Detection in the Wild*, ODbL); and `curekart_asked` and so on, what their users wrote, with what
  the bot has no topic for under an empty name.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.corpora import SHOPS
from faq_component.support.files import write_atomically
from faq_component.text import comparison_key

_CHITCHAT = "packages/qnamaker/docs/qnaFormat/english/qna_chitchat_professional.qna"
_WEB = "data/StackFAQ/stackExchange-FAQ.json"
_FOLD = "/CrossValidation/KFold_1/"
_ENTITY = re.compile(r"\[([^\]\n]*)\][({][^)}\n]*[)}]")
_FEWEST = 3  # texts of a topic
_NO_TOPIC = "NO_NODES_DETECTED"

Asked = Iterator[tuple[str, str]]


def main() -> None:
    """Write the corpora whose clones are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chitchat", type=Path, help="clone of microsoft/botframework-cli")
    parser.add_argument("--home", type=Path, help="clone of xliuhw/NLU-Evaluation-Data")
    parser.add_argument("--demo", type=Path, help="clone of RasaHQ/rasa-demo")
    parser.add_argument("--web", type=Path, help="clone of ML-Recipes/BERT-FAQ")
    parser.add_argument("--insurance", type=Path, help="clone of AmFamMLTeam/ACID")
    parser.add_argument("--shops", type=Path, help="clone of hellohaptik/HINT3")
    parser.add_argument("--out", type=Path, default=Path(".faq/corpora"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, clone, read, fewest in (
        ("chitchat_en", arguments.chitchat, _chitchat, _FEWEST),
        ("chitchat_en_answers", arguments.chitchat, _chitchat_answers, 1),
        ("hwu64", arguments.home, _home, _FEWEST),
        ("rasa_demo_en", arguments.demo, _demo, _FEWEST),
        ("stackfaq_en", arguments.web, _web, _FEWEST),
        ("stackfaq_en_answers", arguments.web, _web_answers, 1),
        ("acid", arguments.insurance, _insurance, _FEWEST),
    ):
        if clone:
            _write(arguments.out / f"{name}.json", _collected(read(clone), fewest))
    for name in SHOPS if arguments.shops else ():
        topics = _collected(_shop(arguments.shops, f"train/{name}_train.csv"))
        asked = _collected(_shop(arguments.shops, f"test/{name}_test.csv"), fewest=1)
        _write(arguments.out / f"{name}.json", topics)
        _write(
            arguments.out / f"{name}_asked.json",
            {topic: texts for topic, texts in asked.items() if topic in topics or not topic},
        )


def _write(file: Path, topics: Mapping[str, list[str]]) -> None:
    write_atomically(file, json.dumps(topics, ensure_ascii=False, indent=1).encode())
    print(f"{file.stem}: {len(topics)} topics, {sum(map(len, topics.values()))} texts")


def _chitchat(clone: Path) -> Asked:
    topic = ""
    for line in _text(clone, _CHITCHAT).splitlines():
        if line.startswith("# ?"):
            topic = line[3:].strip()
            yield topic, topic
        elif line.startswith("- ") and topic:
            yield topic, line[2:].strip()
        elif line.startswith("```"):
            topic = ""


def _chitchat_answers(clone: Path) -> Asked:
    topic, inside = "", False
    for line in _text(clone, _CHITCHAT).splitlines():
        if line.startswith("# ?"):
            topic = line[3:].strip()
        elif line.startswith("```"):
            inside = not inside
        elif inside and line.strip():
            yield topic, line.strip()


def _web(clone: Path) -> Asked:
    for item in _items(clone):
        yield item["question"], item["question"]
        for text in item["rephr"]:
            if text and text != "*":  # a wording that was not written, and the line between two writers
                yield item["question"], text


def _web_answers(clone: Path) -> Asked:
    for item in _items(clone):
        answers = item["answer"]
        for text in answers if isinstance(answers, list) else [answers]:
            yield item["question"], text


def _items(clone: Path) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(_text(clone, _WEB))["root"]["qapair"]
    return items


def _home(clone: Path) -> Asked:
    for file in _files(clone):
        if _FOLD in file and "autoGeneFromRealAnno" in file and "/trainset/" in file and file.endswith(".csv"):
            for row in csv.DictReader(io.StringIO(_text(clone, file)), delimiter=";"):
                yield f"{row['scenario']}_{row['intent']}", row["answer_from_anno"]


def _demo(clone: Path) -> Asked:
    for file in _files(clone):
        if file.startswith("data/nlu/") and file.count("/") == 2 and file.endswith(".yml"):
            for item in yaml.safe_load(_text(clone, file)).get("nlu", ()):
                for line in str(item.get("examples", "")).splitlines() if "intent" in item else ():
                    yield item["intent"], _ENTITY.sub(r"\1", line.strip().removeprefix("- "))


def _insurance(clone: Path) -> Asked:
    for file in ("customer_training.csv", "customer_testing.csv"):
        for row in csv.DictReader(io.StringIO(_text(clone, file))):
            yield row["INTENT_NAME"], row["UTTERANCES"]


def _shop(clone: Path, table: str) -> Asked:
    for row in csv.DictReader(io.StringIO(_text(clone, f"dataset/v2/{table}"))):
        yield "" if row["label"] == _NO_TOPIC else row["label"], row["sentence"]


def _collected(asked: Asked, fewest: int = _FEWEST) -> dict[str, list[str]]:
    topics: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for topic, text in asked:
        if comparison_key(text):
            topics[topic].setdefault(comparison_key(text), text.strip())
    return {topic: list(texts.values()) for topic, texts in sorted(topics.items()) if len(texts) >= fewest}


def _files(clone: Path) -> list[str]:
    return _git(clone, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")


def _text(clone: Path, file: str) -> str:
    return _git(clone, "show", f"HEAD:{file}")


def _git(clone: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(clone), *arguments], capture_output=True, check=True)  # noqa: S607
    return done.stdout.decode("utf-8", errors="replace")


if __name__ == "__main__":
    main()
