from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from faq_component.cli import main
from faq_component.errors import FaqDataError
from faq_component.evaluation.pairs import (
    Pair,
    average_precision,
    f1_score,
    find_thresholds,
    read_pairs,
    report_pairs,
    score_pairs,
    spearman,
)
from faq_component.training.trainers.evaluators import pair_metrics
from tests.fakes import CharacterEncoder

scored = st.lists(st.tuples(st.integers(0, 6).map(lambda n: n / 4), st.booleans()), min_size=1, max_size=25)


def split(pairs: list[tuple[float, bool]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    return np.array([score for score, _ in pairs], dtype=np.float64), np.array([same for _, same in pairs])


def test_thresholds_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.6, 0.4, 0.3])
    same = np.array([True, True, False, True, False])
    # Cut at 0.7: 4 of 5 right, F1 = 4/5. Cut at 0.35: 4 of 5 right, F1 = 6/7. Of equal accuracies the least bound.
    thresholds = find_thresholds(scores, same)
    assert (thresholds.accuracy, thresholds.f1) == pytest.approx((0.35, 0.35))
    report = report_pairs(scores, same, thresholds)
    assert (report.accuracy.value, report.f1.value) == pytest.approx((0.8, 6 / 7))


@given(scored)
def test_no_other_threshold_is_better(pairs: list[tuple[float, bool]]) -> None:
    scores, same = split(pairs)
    found = find_thresholds(scores, same)
    bounds = [-1.0, *np.arange(-0.125, 2, 0.25), 9.0]
    most_accurate = max(accuracy_score(same, scores >= bound) for bound in bounds)
    assert accuracy_score(same, scores >= found.accuracy) == pytest.approx(most_accurate)
    best = max(f1_score(scores >= bound, same) for bound in bounds)
    assert f1_score(scores >= found.f1, same) == pytest.approx(best)


def test_measures_by_hand() -> None:
    scores = np.array([0.9, 0.7, 0.7, 0.4, 0.1])
    same = np.array([True, True, False, False, True])
    # Called are the first three, two of them rightly; three are the same: 2 * 2 / (3 + 3).
    assert f1_score(scores >= 0.5, same) == pytest.approx(2 / 3)
    # One step each at 0.9 (1 of 1), 0.7 (2 of 3; the tie is one step), 0.4 (no more positives) and 0.1 (3 of 5).
    assert average_precision(scores, same) == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    # Ranks 5, 3.5, 3.5, 2, 1 and 4, 4, 1.5, 1.5, 4; less the mean 3: 2, .5, .5, -1, -2 and 1, 1, -1.5, -1.5, 1.
    assert spearman(scores, same.astype(float)) == pytest.approx((2 + 0.5 - 0.75 + 1.5 - 2) / (9.5 * 7.5) ** 0.5)


@given(scored)
def test_measures_are_as_they_are_defined(pairs: list[tuple[float, bool]]) -> None:
    scores, same = split(pairs)
    called = scores >= 0.5
    both = sum(called & same)
    assert f1_score(called, same) == pytest.approx(2 * both / (sum(called) + sum(same)) if any(called | same) else 0.0)
    steps = [(scores >= score).nonzero()[0] for score in scores[same]]  # for each positive: what is called with it
    precisions = [same[rows].mean() for rows in steps]
    assert average_precision(scores, same) == pytest.approx(np.mean(precisions) if precisions else 0.0)


@given(scored)
def test_spearman_is_the_correlation_of_mean_ranks(pairs: list[tuple[float, bool]]) -> None:
    def ranks(values: np.ndarray) -> list[float]:  # type: ignore[type-arg]
        return [sum(values < value) + (sum(values == value) + 1) / 2 for value in values]

    scores, same = split(pairs)
    if len(set(scores)) > 1 and len(set(same)) > 1:
        expected = np.corrcoef(ranks(scores), ranks(same))[0, 1]
        assert spearman(scores, same.astype(float)) == pytest.approx(expected)
    else:
        assert spearman(scores, same.astype(float)) == 0.0


def test_an_encoder_that_diverged_is_measured_too() -> None:
    scores, same = np.array([0.9, np.nan, 0.5, np.nan]), np.array([True, True, False, False])
    assert average_precision(scores, same) == pytest.approx((1 + 2 / 4) / 2)  # no number comes last
    assert spearman(scores, same.astype(float)) == 0.0
    assert all(0.0 <= value <= 1.0 for value in pair_metrics("dev", np.full(4, np.nan), same).values())


def test_the_interval_of_f1_is_that_of_resampled_pairs() -> None:
    draw = np.random.default_rng(3)
    scores, same = draw.random(40), draw.random(40) < 0.4
    thresholds = find_thresholds(scores, same)
    called = scores >= thresholds.f1
    rows = np.random.default_rng(0).integers(40, size=(1_000, 40))
    both = (called[rows] & same[rows]).sum(axis=1)
    resampled = 2 * both / (called[rows].sum(axis=1) + same[rows].sum(axis=1))
    report = report_pairs(scores, same, thresholds)
    assert (report.f1.low, report.f1.high) == pytest.approx(tuple(np.percentile(resampled, [2.5, 97.5])))


def test_each_sentence_is_encoded_once() -> None:
    encoder = CharacterEncoder()
    scores = score_pairs(encoder, [Pair("退货", "退货", True), Pair("退货", "ＡＢ", False)])
    assert sorted(encoder.encoded) == ["ab", "退货"]
    assert scores == pytest.approx([1.0, 0.0], abs=0.01)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.tsv", '怎么退\t"退货\t1\n晚安\t早安\t0\n'),
        ("p.tsv.gz", 'sentence1\tsentence2\tlabel\n怎么退\t"退货\t1\n晚安\t早安\t0\n'),
        ("p.csv", '怎么退,"""退货",1\n晚安,早安,0\n'),
    ],
)
def test_files_of_pairs(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content.encode()) if name.endswith("gz") else content.encode())
    assert read_pairs(path) == [Pair("怎么退", '"退货', True), Pair("晚安", "早安", False)]


def test_faulty_lines_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "p.tsv"
    path.write_text("甲\t乙\t1\n甲\t乙\n甲\t乙\t2\n", "utf-8")
    with pytest.raises(FaqDataError, match=r"(?s)p\.tsv, line 2: .*p\.tsv, line 3: expected two sentences and a label"):
        read_pairs(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.tsv.gz", gzip.compress(b"a\tb\t1\n")[:10] + b"\xff" * 20, r"p\.tsv\.gz cannot be read as UTF-8 text"),
        ("p.tsv", b"a\tb\t1\na\0\tb\t1\n", r"p\.tsv, line 2: line contains NUL; save the table again"),
        ("p.csv", b"a,b,1\n" + b"a" * 200_000 + b",b,1\n", r"p\.csv, line 2: field larger than field limit"),
    ],
    ids=["gzip", "nul", "long"],
)
def test_damaged_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FaqDataError, match=message):
        read_pairs(tmp_path / name)


@pytest.mark.parametrize("content", ["", "sentence1\tsentence2\tlabel\n"])
def test_a_file_without_pairs(tmp_path: Path, content: str) -> None:
    path = tmp_path / "p.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(FaqDataError, match="holds no pair"):
        read_pairs(path)


def test_the_command_writes_its_report(tmp_path: Path, in_the_checkout: None) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("怎么退货\t我要退货\t1\n晚安\t开发票\t0\n多久发货\t什么时候发货\t1\n你好\t优惠券\t0\n", "utf-8")
    out = tmp_path / "report.json"
    assert main(["evaluate-pairs", "--dev", str(pairs), "--test", str(pairs), "--json", str(out)]) == 0
    report = json.loads(out.read_text("utf-8"))
    assert set(report) == {"dev", "test", "threshold"}
    assert {"accuracy", "f1", "spearman", "average_precision"} <= set(report["test"])
    assert set(report["threshold"]) == {"accuracy", "f1"}
    assert report["test"]["accuracy"] == 1.0
