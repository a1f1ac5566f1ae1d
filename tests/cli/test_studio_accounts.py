"""`faq studio account`, `faq studio audit`, and where `faq studio` refuses to listen."""

from __future__ import annotations

import csv
import io
import os
import sys
from pathlib import Path

import pytest

from faq_component.cli import main
from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.roles import Role

PASSWORD = "correct horse battery staple"  # noqa: S105


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "config.yml"
    file.write_text(f"pipeline:\n- name: faq_component.rasa.FaqRecall\n  cache_dir: {tmp_path}/cache\n", "utf-8")
    return str(file)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "cache" / "studio" / "accounts.sqlite")


def run(monkeypatch: pytest.MonkeyPatch, config: str, *words: str, typed: str = "") -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return main(["studio", *words, "--config", config])


def test_accounts_are_added_changed_and_listed(
    config: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, config, "account", "add", "Ann", "--role", "administrator", typed=f"{PASSWORD}\n") == 0
    assert run(monkeypatch, config, "account", "add", "小王", "--role", "reader", "--no-password") == 0
    assert run(monkeypatch, config, "account", "role", "小王", "editor") == 0
    assert run(monkeypatch, config, "account", "password", "小王", typed=f"{PASSWORD}!\n") == 0
    assert accounts.check("Ann", PASSWORD) is not None
    changed = accounts.check("小王", PASSWORD + "!")
    assert changed is not None
    assert changed.role == Role.EDITOR
    capsys.readouterr()
    assert run(monkeypatch, config, "account", "list") == 0
    listed = capsys.readouterr().out
    assert all(word in listed for word in ("Ann", "administrator", "小王", "editor"))
    assert run(monkeypatch, config, "account", "remove", "小王") == 0
    assert [account.name for account in accounts.all()] == ["Ann"]


def test_an_invitation_is_shown(
    config: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, config, "account", "add", "Bo", "--role", "editor", "--invite") == 0
    token = capsys.readouterr().out.split("/invited?token=")[1].split()[0]
    assert accounts.accept(token, PASSWORD) is not None


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (("account", "add", "Bo", "--role", "editor"), "short\n", "12 to 1000 characters"),
        (("account", "add", "ann", "--role", "editor"), PASSWORD, "already"),
        (("account", "remove", "Ann"), "", "last administrator"),
        (("account", "role", "Ann", "reader"), "", "last administrator"),
        (("account", "password", "nobody"), "", "no account"),
    ],
)
def test_what_is_refused_takes_one_sentence(
    config: str,
    accounts: Accounts,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    typed: str,
    sentence: str,
) -> None:
    accounts.add("Ann", Role.ADMINISTRATOR, PASSWORD)
    assert run(monkeypatch, config, *words, typed=typed) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--host", "192.168.1.5"), "takes accounts"),
        (("--host", "0.0.0.0"), "--public-url"),  # noqa: S104
        (("--host", "0.0.0.0", "--public-url", "https://faq.example.com"), "takes accounts"),  # noqa: S104
        (("--proxy-header", "X-Forwarded-User"), "--proxy-address"),
    ],
)
def test_it_does_not_listen_for_others_without_accounts(
    config: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    flags: tuple[str, ...],
    sentence: str,
) -> None:
    assert run(monkeypatch, config, *flags) == 2
    assert sentence in capsys.readouterr().err


def test_the_audit_log_is_shown_filtered_and_written(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, config, "account", "add", "Ann", "--role", "administrator", typed=PASSWORD)
    run(monkeypatch, config, "account", "add", "Bo", "--role", "reader", typed=PASSWORD)
    capsys.readouterr()
    assert run(monkeypatch, config, "audit", "--text", '"Bo"') == 0
    shown = capsys.readouterr().out
    assert "Bo" in shown
    assert "Ann" not in shown
    assert PASSWORD not in shown
    assert run(monkeypatch, config, "audit", "--csv", str(tmp_path / "audit.csv")) == 0
    rows = list(csv.reader(io.StringIO((tmp_path / "audit.csv").read_text("utf-8-sig"))))
    assert [row[3] for row in rows] == ["what", "account", "account"]


def test_files_are_for_their_owner(config: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    umask = os.umask(0)
    try:
        run(monkeypatch, config, "account", "add", "Ann", "--role", "administrator", typed=PASSWORD)
    finally:
        os.umask(umask)
    files = list(accounts.file.parent.iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert accounts.file.parent.stat().st_mode & 0o777 == 0o700
