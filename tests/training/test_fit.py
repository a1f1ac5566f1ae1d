"""`faq fit` from end to end, on the tiny BERT."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faq_component.cli import main
from faq_component.encoders import OnnxEncoder
from faq_component.encoders.metadata import EncoderMetadata
from faq_component.errors import EncoderError
from tests.tiny_bert import SHIPPED
from tests.training.needs import needs_training
from tests.training.training_data import ASK, WORDS

pytestmark = needs_training

QUICK = ["--batch-size", "8", "--learning-rate", "2e-3", "--epochs", "1", "--precision", "fp32", "--max-length", "16"]


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    tails = ("", "啊", "呢", "谢谢")
    content = {word: [ask.format(word) + tail for ask in ASK for tail in tails] for word in WORDS}
    (tmp_path / "faq.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return tmp_path / "faq.json"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from faq_component.training.export.export_encoder import export_encoder

    folder = tmp_path_factory.mktemp("exported") / "encoder"
    export_encoder(str(SHIPPED), folder, max_length=16)
    return folder


def test_a_better_encoder_replaces_the_old_one_and_a_stopped_fit_resumes(
    faq: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, work = tmp_path / "encoder", tmp_path / "work"
    shutil.copytree(exported, encoder)
    before = OnnxEncoder(encoder).fingerprint
    command = ["fit", "--faq", str(faq), "--encoder", str(encoder), "--work", str(work), *QUICK]
    monkeypatch.setattr("faq_component.training.fit.export_encoder", _stop)
    with pytest.raises(RuntimeError):
        main(command)
    assert OnnxEncoder(encoder).fingerprint == before
    rounds = [(work / name / "encoder").stat().st_mtime_ns for name in ("round1", "round2")]
    monkeypatch.undo()
    assert main(command) == 0
    assert [(work / name / "encoder").stat().st_mtime_ns for name in ("round1", "round2")] == rounds
    assert OnnxEncoder(encoder).fingerprint != before
    output = capsys.readouterr().out
    assert "round 2 of 2: drawing hard negatives" in output
    assert "is the new encoder now" in output
    assert OnnxEncoder(work / "previous").fingerprint == before
    placed = OnnxEncoder(encoder).fingerprint
    assert main(command) == 0  # done already: only reported again
    assert OnnxEncoder(encoder).fingerprint == placed
    assert "is the new encoder now" in capsys.readouterr().out
    other = tmp_path / "other"  # is no encoder, nor half of one: it is left alone
    other.mkdir()
    assert main(["fit", "--faq", str(faq), "--encoder", str(other), "--work", str(work), *QUICK]) == 2
    assert "is not an encoder" in capsys.readouterr().err
    assert not list(other.iterdir())
    metadata = encoder / "encoder.json"  # which is put in place last: as if a stop had come before
    metadata.write_bytes((work / "previous/encoder.json").read_bytes())
    with pytest.raises(EncoderError):
        OnnxEncoder(encoder)
    assert main(command) == 0
    assert OnnxEncoder(encoder).fingerprint == placed
    for flags in (["--thorough"], ["--seed", "1"], ["--faq", "data/faq"]):
        assert main([*command, *flags]) == 2
        error = capsys.readouterr().err
        assert "holds another fit" in error
        assert "`previous` in it" in error


@pytest.mark.slow
def test_a_fit_killed_within_a_round_resumes_there(faq: Path, exported: Path, tmp_path: Path) -> None:
    encoders, works = ([tmp_path / f"{name}{number}" for number in (1, 2)] for name in ("encoder", "work"))
    for encoder in encoders:
        shutil.copytree(exported, encoder)

    def command(number: int) -> list[str]:
        places = ["--encoder", str(encoders[number]), "--work", str(works[number])]
        return ["fit", "--faq", str(faq), *places, *QUICK, "--checkpoints", "12"]

    whole = main(command(0))
    process = subprocess.Popen(
        [sys.executable, "-m", "faq_component.cli", *command(1)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    begun = works[1] / "round1/checkpoints"
    while not list(begun.glob("checkpoint-*/trainer_state.json")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (works[1] / "round2").exists()
    drawn = (works[1] / "round1/drawn.json").stat().st_mtime_ns
    assert main(command(1)) == whole
    assert (works[1] / "round1/drawn.json").stat().st_mtime_ns == drawn
    for name in ("round1", "round2"):
        best = [json.loads((work / name / "best.json").read_text()) for work in works]
        assert best[1] == pytest.approx(best[0], abs=1e-3)


def test_thorough_distils_a_teacher_into_half_its_layers(
    faq: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder, work = tmp_path / "encoder", tmp_path / "work"
    shutil.copytree(exported, encoder)
    assert EncoderMetadata.read(encoder).layers == 2
    command = ["fit", "--faq", str(faq), "--encoder", str(encoder), "--work", str(work), "--base", str(SHIPPED)]
    status = main([*command, "--thorough", *QUICK])
    assert EncoderMetadata.read(work / "encoder").layers == 1
    assert EncoderMetadata.read(encoder).layers == (1 if status == 0 else 2)
    assert "distilling 1 layer from the teacher" in capsys.readouterr().out


def test_it_can_keep_fewer_layers_of_a_base(
    faq: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder, work = tmp_path / "encoder", tmp_path / "work"
    shutil.copytree(exported, encoder)
    command = ["fit", "--faq", str(faq), "--encoder", str(encoder), "--work", str(work), "--base", str(SHIPPED)]
    main([*command, "--layers", "1", *QUICK])
    assert EncoderMetadata.read(work / "encoder").layers == 1
    assert "100% of the way to the fine-tuned encoder: chosen_hit@1" in capsys.readouterr().out


def test_a_worse_encoder_does_not_replace_the_old_one(
    faq: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = tmp_path / "encoder"
    shutil.copytree(exported, encoder)
    before = OnnxEncoder(encoder).fingerprint
    command = ["fit", "--faq", str(faq), "--encoder", str(encoder), "--work", str(tmp_path / "work"), *QUICK]
    assert main([*command, "--learning-rate", "0.5"]) == 1
    assert OnnxEncoder(encoder).fingerprint == before
    assert "was kept: the new one, in " in capsys.readouterr().out


def test_questions_of_users_decide_and_are_not_trained_on(
    faq: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder, work, queries = tmp_path / "encoder", tmp_path / "work", tmp_path / "queries.json"
    shutil.copytree(exported, encoder)
    asked = {
        word: [ASK[0].format(word), f"{word}行吗", f"{word}好吗", f"请问{word}", f"请问{word}？"] for word in WORDS
    }
    queries.write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    command = ["fit", "--faq", str(faq), "--encoder", str(encoder), "--work", str(work), *QUICK]
    status = main([*command, "--queries", str(queries)])
    output = capsys.readouterr().out
    assert f"hit@1 on {2 * len(WORDS)} questions: " in output
    assert ("is the new encoder now" in output) == (status == 0)
    assert "--queries" not in output
    trained = {text for row in json.loads((work / "round1/drawn.json").read_text("utf-8")) for text in row[:2]}
    assert trained
    assert not trained & {ASK[0].format(word) for word in WORDS}
    assert main(command) == 2
    assert "holds another fit, with another 'queries'" in capsys.readouterr().err


def test_too_few_questions_is_one_sentence(
    faq: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queries = tmp_path / "queries.json"
    queries.write_text(json.dumps({WORDS[0]: ["你们这里怎么弄"]}, ensure_ascii=False), encoding="utf-8")
    command = ["fit", "--faq", str(faq), "--encoder", str(exported), "--work", str(tmp_path / "work")]
    assert main([*command, "--queries", str(queries)]) == 2
    assert "1 question of users is too few to choose and to compare with" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--pooling", "max"], "pooling is 'max'"),
        (["--pooling", "cls"], "was made for 'mean'; set it to that"),
        (["--max-length", "65"], "max_length is 65; the checkpoint has 64 positions"),
        (["--max-pairs", "9"], "leave it out"),
        (["--base", "no/such/folder"], "no/such/folder cannot be loaded as a BERT"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_the_fit(
    flags: list[str], message: str, faq: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["fit", "--faq", str(faq), "--encoder", str(exported), "--work", str(tmp_path / "work"), *flags]
    assert main(command) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


def test_too_few_posts_is_one_sentence(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "faq.json").write_text('{"退货": ["怎么退货", "我想退货"]}', encoding="utf-8")
    command = ["fit", "--faq", str(tmp_path / "faq.json"), "--encoder", str(exported), "--work", str(tmp_path / "work")]
    assert main(command) == 2
    assert "too few posts to hold some out" in capsys.readouterr().err


def _stop(*arguments: object, **more: object) -> None:
    raise RuntimeError("stopped")
