"""The page on Python: its examples are run, and are the same in both languages."""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path

import pytest

from tests.documentation.pages import DOCS, blocks
from tests.servers import ROOT


def test_the_examples_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "start/python.md").read_text("utf-8")
    assert page.count(">>> ") > 15
    (tmp_path / "models").symlink_to(ROOT / "models")
    shutil.copytree(ROOT / "data/faq", tmp_path / "data/faq")
    if (ROOT / ".faq").is_dir():  # its vectors need not be made again
        left_out = shutil.ignore_patterns("status", "*.log", "*.lock", "conversations.*", "handled.*")
        shutil.copytree(ROOT / ".faq", tmp_path / ".faq", ignore=left_out)
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(page.replace("```", "\n"), {}, "python.md", "docs/start/python.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    report: list[str] = []
    runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


def test_the_chinese_page_has_the_same_examples() -> None:
    english, chinese = (
        [re.sub(r" +#.*", "", code) for code in blocks(DOCS / f"start/{name}.md", "pycon")]
        for name in ("python", "python.zh")
    )
    assert english == chinese
