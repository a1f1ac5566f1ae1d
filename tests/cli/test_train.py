"""`faq train` as a user types it."""

from __future__ import annotations

import json
import shutil
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
    assert "100 pairs, 50 of them mean the same" in output
    assert "mine_accuracy" in output
    assert (tmp_path / "run/encoder/model.safetensors").is_file()
    assert "mine_f1" in json.loads((tmp_path / "run/best.json").read_text())


@pytest.mark.parametrize("model", ["cross", "poly"])
def test_a_reranker_is_exported_as_what_it_is(
    model: str, pairs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", str(SHIPPED), str(tmp_path / "run"), "--pairs", pairs, "--dev", pairs, "--model", model]
    assert main([*command, *QUICK]) == 0
    export = ["encoder", "export", str(tmp_path / "run/encoder"), str(tmp_path / "exported")]
    assert main([*export, "--max-length", "16"]) == 2
    assert (
        f"--max-length is for encoders of single texts; {tmp_path}/run/encoder is a {model}" in capsys.readouterr().err
    )
    assert main(export) == 0
    assert f"exported: a {model}-encoder, " in capsys.readouterr().out
    assert (tmp_path / f"exported/{model}_encoder.json").is_file()


@pytest.mark.parametrize("changed", ["base", "dev"])
def test_another_base_or_dev_set_under_the_same_name_is_another_training(
    changed: str, pairs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, dev = tmp_path / "base", tmp_path / "dev.tsv"
    shutil.copytree(SHIPPED, base)
    shutil.copy(pairs, dev)
    command = ["train", str(base), str(tmp_path / "run"), "--pairs", pairs, "--dev", str(dev), *QUICK]
    assert main(command) == 0
    if changed == "base":
        assert main(["encoder", "mix", str(base), str(base), str(base), "--share", "0.25"]) == 0
    else:
        dev.write_text("\n".join(Path(pairs).read_text("utf-8").splitlines()[:-1]), "utf-8")
    assert main(command) == 2
    name = {"base": "base_content", "dev": "measured"}[changed]
    assert f"holds another training: {name} was" in capsys.readouterr().err
    settings = tmp_path / "run/settings.json"  # of a version that did not note it
    kept = {key: value for key, value in json.loads(settings.read_text("utf-8")).items() if key != name}
    settings.write_text(json.dumps(kept), "utf-8")
    assert main(command) == 0


@pytest.mark.parametrize(("model", "length"), [("siamese", 65), ("poly", 65), ("cross", 33)])
def test_texts_longer_than_the_base_can_read_are_refused_before_training(
    model: str, length: int, pairs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", str(SHIPPED), str(tmp_path / "run"), "--pairs", pairs, "--dev", pairs, "--model", model]
    assert main([*command, *QUICK, "--max-length", str(length)]) == 2
    assert f"max_length is {length}; the checkpoint has 64 positions" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


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
        (["--batch-size", "1"], "setting 'batch_size' is 1; it must be between 2 and 65536"),
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


@pytest.mark.parametrize("model", ["cross", "poly"])
def test_a_reranker_takes_no_prefix(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("sentence1\tsentence2\tlabel\n怎么退货\t如何退货\t1\n怎么退货\t会员\t0\n", encoding="utf-8")
    command = ["train", str(SHIPPED), str(tmp_path / "run"), "--pairs", str(pairs), "--dev", str(pairs)]
    assert main([*command, "--model", model, "--prefix", "query: "]) == 2
    assert f"a {model}-encoder reads two texts as they are" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
