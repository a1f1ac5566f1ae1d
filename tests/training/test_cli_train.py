"""`faq train` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from faq_component.cli import main
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import word_examples

pytestmark = needs_training

QUICK = ["--batch-size", "16", "--precision", "fp32", "--max-length", "16", "--epochs", "1"]


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    rows = [f"{item.first}\t{item.second}\t{int(item.same)}" for item in word_examples(100)]
    (tmp_path / "pairs.tsv").write_text("\n".join(["sentence1\tsentence2\tlabel", *rows]), encoding="utf-8")
    return str(tmp_path / "pairs.tsv")


@pytest.mark.parametrize(
    "model", [[], ["--framework", "sentence-transformers"], ["--model", "cross"], ["--model", "poly"]]
)
def test_every_model_is_trained(
    model: list[str], pairs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", str(SHIPPED), str(tmp_path / "run"), "--pairs", pairs, "--dev", f"mine={pairs}"]
    assert main([*command, *QUICK, *model]) == 0
    output = capsys.readouterr().out
    assert "100 pairs, 50 of them the same" in output
    assert "mine_accuracy" in output
    assert (tmp_path / "run/encoder/model.safetensors").is_file()
    assert "mine_f1" in json.loads((tmp_path / "run/best.json").read_text())


def test_topics_are_measured_too_and_pairs_are_drawn(pairs: str, tmp_path: Path) -> None:
    faq = {
        f"题{n}": {"post": [f"怎么{w}{t}" for t in "吗呢啊哦呀吧啦嘛哈呗"], "resp": []}
        for n, w in enumerate("退换发运")
    }
    (tmp_path / "faq.json").write_text(json.dumps(faq, ensure_ascii=False), encoding="utf-8")
    command = ["train", str(SHIPPED), str(tmp_path / "run"), "--pairs", pairs, "--topics", str(tmp_path / "faq.json")]
    assert main([*command, *QUICK, "--max-pairs", "40"]) == 0
    assert "faq_hit@1" in json.loads((tmp_path / "run/best.json").read_text())
    assert json.loads((tmp_path / "run/settings.json").read_text())["pairs"] == 40


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ([], "give --dev a file of pairs, or --topics an FAQ"),
        (["--model", "poly"], "a poly-encoder is measured on pairs: give --dev once"),
        (["--loss", "triplet"], "loss is 'triplet'; join some of contrastive"),
        (["--batch-size", "1"], "batch_size is 1; it must be from 2 to 65536"),
        (["--layers", "9", "--dev", "PAIRS"], "layers is 9; the base has 2"),
        (["--best-by", "accuracy", "--dev", "a=PAIRS"], "best_by is 'accuracy'; choose one of a_accuracy, a_f1"),
        (["--dev", "a=PAIRS", "--dev", "a=PAIRS"], "two sets to measure on are named 'a'"),
        (["--epochs", "0", "--dev", "PAIRS"], "100 pairs and 0 epochs leave nothing to train on"),
    ],
)
def test_faults_are_one_sentence(
    flags: list[str], sentence: str, pairs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [flag.replace("PAIRS", pairs) for flag in flags]
    assert main(["train", str(SHIPPED), str(tmp_path / "run"), "--pairs", pairs, *flags]) == 2
    assert sentence in capsys.readouterr().err


def test_a_cross_encoder_takes_no_prefix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("sentence1\tsentence2\tlabel\n怎么退货\t如何退货\t1\n怎么退货\t会员\t0\n", encoding="utf-8")
    command = ["train", str(SHIPPED), str(tmp_path / "run"), "--pairs", str(pairs), "--dev", str(pairs)]
    assert main([*command, "--model", "cross", "--prefix", "query: "]) == 2
    assert "a cross-encoder reads two texts as they are" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
