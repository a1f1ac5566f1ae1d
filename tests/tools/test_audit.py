"""What the audit of the requirements says of a report of pip-audit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tools import audit

REPORT = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "old", "version": "0.9", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.0"], "aliases": []}]},
        {"name": "away", "skip_reason": "Dependency not found on PyPI and could not be audited: away (2.0)"},
    ],
    "fixes": [],
}
ACCEPTED = "# comment\nPYSEC-1\told\tthe function is not called\n"


@pytest.fixture
def pip_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip-audit that prints what stands in a file, in a folder with requirements."""
    monkeypatch.chdir(tmp_path)
    audit.REQUIREMENTS.mkdir()
    audit.ACCEPTED.write_text("", "utf-8")
    (audit.REQUIREMENTS / "run.txt").touch()
    (tmp_path / "report").write_text(json.dumps(REPORT), "utf-8")
    program = tmp_path / "pip-audit"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.write(open('report').read())\n", "utf-8")
    program.chmod(0o755)
    return program


def test_what_is_found_fails_until_a_reason_is_given(pip_audit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(str(pip_audit)) == 1
    said = capsys.readouterr().out
    assert "old 0.9: PYSEC-1, fixed in 1.0; update it" in said
    assert "not checked, since the index does not know their vulnerabilities: away" in said
    audit.ACCEPTED.write_text(ACCEPTED, "utf-8")
    assert audit.main(str(pip_audit)) == 0
    assert "PYSEC-1, accepted: the function is not called" in capsys.readouterr().out


def test_a_reason_that_is_no_longer_needed_fails(pip_audit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit.ACCEPTED.write_text("PYSEC-2\tsound\tit is not called\nPYSEC-3\taway\tunknown\n" + ACCEPTED, "utf-8")
    assert audit.main(str(pip_audit)) == 1
    said = capsys.readouterr().out
    assert "sound: PYSEC-2 is accepted in requirements/accepted.tsv, but not found any more" in said
    assert "PYSEC-3" not in said


def test_without_a_network_the_reason_is_printed(pip_audit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pip_audit.write_text(f"#!{sys.executable}\nraise SystemExit('ConnectionError: no address')\n", "utf-8")
    assert audit.main(str(pip_audit)) == 0
    assert capsys.readouterr().out == "requirements/run.txt could not be checked: ConnectionError: no address\n"


@pytest.mark.parametrize("unchecked", ["a", "z"])
def test_what_is_found_counts_where_another_file_cannot_be_checked(
    pip_audit: Path, capsys: pytest.CaptureFixture[str], unchecked: str
) -> None:
    (audit.REQUIREMENTS / f"{unchecked}.txt").touch()
    program = pip_audit.read_text("utf-8")
    fail = f"import sys\nif 'requirements/{unchecked}.txt' in sys.argv: raise SystemExit('no address')\n"
    pip_audit.write_text(program.replace("import sys\n", fail), "utf-8")
    audit.ACCEPTED.write_text("PYSEC-2\tsound\tit is not called\n", "utf-8")
    assert audit.main(str(pip_audit)) == 1
    said = capsys.readouterr().out
    assert f"{unchecked}.txt could not be checked: no address" in said
    assert "old 0.9: PYSEC-1, fixed in 1.0; update it" in said
    assert "PYSEC-2" not in said


def test_a_line_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match=r"accepted\.tsv:1 is not 'id<TAB>package<TAB>reason'"):
        audit.read_accepted("PYSEC-1\told")
