from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score
from sklearn.metrics import f1_score as sklearn_f1

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
    assert accuracy_score(same, scores >= found.accuracy) == max(accuracy_score(same, scores >= b) for b in bounds)
    assert f1_score(scores >= found.f1, same) == max(f1_score(scores >= bound, same) for bound in bounds)


@given(scored)
def test_measures_agree_with_scikit_learn_and_scipy(pairs: list[tuple[float, bool]]) -> None:
    from scipy.stats import spearmanr

    scores, same = split(pairs)
    if same.any():
        assert average_precision(scores, same) == pytest.approx(average_precision_score(same, scores))
        assert f1_score(scores >= 0.5, same) == pytest.approx(sklearn_f1(same, scores >= 0.5, zero_division=0.0))
    if len(set(scores)) > 1 and len(set(same)) > 1:
        assert spearman(scores, same.astype(float)) == pytest.approx(spearmanr(scores, same).statistic)
    else:
        assert spearman(scores, same.astype(float)) == 0.0


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
        ("p.tsv", b"a\tb\t1\na\0\tb\t1\n", r"p\.tsv, line 2: line contains NUL; save the table anew"),
        ("p.csv", b"a,b,1\n" + b"a" * 200_000 + b",b,1\n", r"p\.csv, line 2: field larger than field limit"),
    ],
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
