"""Accounts in their file: names, passwords, invitations, and an administrator who stays."""

from __future__ import annotations

import statistics
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from faq_component.errors import StudioError
from faq_component.studio.access.accounts import Accounts
from faq_component.studio.access.roles import Role

PASSWORD = "correct horse battery staple"  # noqa: S105


class Clock:
    now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Accounts:
    made = Accounts(tmp_path / "studio" / "accounts.sqlite", clock)
    made.add("Ann", Role.ADMINISTRATOR, PASSWORD)
    return made


def test_the_file_is_for_its_owner_and_holds_no_password(accounts: Accounts) -> None:
    assert accounts.file.stat().st_mode & 0o777 == 0o600
    assert accounts.file.parent.stat().st_mode & 0o777 == 0o700
    content = accounts.file.read_bytes()
    assert b"$argon2id$v=19$m=19456,t=2,p=1$" in content
    assert PASSWORD.encode() not in content


def test_two_accounts_of_one_password_have_different_hashes(accounts: Accounts) -> None:
    accounts.add("Bo", Role.READER, PASSWORD)
    hashes = {part.split(b"\0")[0][:90] for part in accounts.file.read_bytes().split(b"$argon2id")[1:]}
    assert len(hashes) == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a,b", "a\nb", "a\x1b[31m", "a\u202eb"])
def test_these_are_no_names(accounts: Accounts, name: str) -> None:
    with pytest.raises(StudioError, match="no name of an account"):
        accounts.add(name, Role.READER, PASSWORD)


@pytest.mark.parametrize("name", ["ann", " Ann ", "ＡＮＮ"])
def test_a_name_is_taken_however_it_is_written(accounts: Accounts, name: str) -> None:
    with pytest.raises(StudioError, match="already"):
        accounts.add(name, Role.READER, PASSWORD)


MARKS = "a" + "\u0301" * 15_000 + "\u0316" * 15_000


def test_what_is_too_long_is_not_normalised(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []

    def normal_form(text: str) -> str:
        lengths.append(len(text))
        return unicodedata.normalize("NFKC", text)

    for module in ("accounts", "passwords"):
        monkeypatch.setattr(f"faq_component.studio.access.{module}.normal_form", normal_form)
    assert accounts.check(MARKS, MARKS) is None
    assert accounts.find(MARKS) is None
    assert accounts.check("ann", PASSWORD + " " * 100_000) is None
    with pytest.raises(StudioError, match="is no name of an account: it takes 1 to 64 characters"):
        accounts.add(MARKS, Role.EDITOR)
    with pytest.raises(StudioError, match="takes 12 to 1000 characters; this one has 30001"):
        accounts.set_password("Ann", MARKS)
    assert max(lengths) <= 4_000


def test_a_name_may_be_written_with_marks_of_their_own(accounts: Accounts) -> None:
    accounts.add("\u1faf" * 64, Role.EDITOR, PASSWORD)
    assert accounts.check(unicodedata.normalize("NFD", "\u1faf" * 64), PASSWORD) is not None


@pytest.mark.parametrize("password", ["short", "x" * 11, "x" * 1001, "aaaaaaaaaaaaaa", "abababababab"])
def test_a_password_that_is_guessed_easily_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(StudioError):
        accounts.set_password("Ann", password)
    with pytest.raises(StudioError):
        accounts.add("Long name of many words", Role.READER, "long name OF many words")
    assert accounts.check("Ann", PASSWORD) is not None


def test_a_password_is_the_same_from_every_keyboard(accounts: Accounts) -> None:
    accounts.set_password("Ann", "caf\u00e9 au lait 密码")
    assert accounts.check("Ann", "cafe\u0301 au lait 密码") is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.remove("Ann"),
        lambda accounts: accounts.set_role("Ann", Role.PUBLISHER),
        lambda accounts: accounts.set_active("Ann", False),
    ],
)
def test_the_last_administrator_stays(accounts: Accounts, change: Callable[[Accounts], None]) -> None:
    accounts.add("Invited", Role.ADMINISTRATOR)  # has never been here, and could not see to anything
    accounts.add("Bo", Role.PUBLISHER, PASSWORD)
    with pytest.raises(StudioError, match="“Ann” is the last administrator"):
        change(accounts)
    assert accounts.check("Ann", PASSWORD) == accounts.find("Ann")
    accounts.set_role("Bo", Role.ADMINISTRATOR)
    change(accounts)


def test_an_invitation_sets_the_password_once_and_within_a_day(accounts: Accounts, clock: Clock) -> None:
    accounts.add("Bo", Role.EDITOR)
    assert accounts.check("Bo", "") is None
    late = accounts.invite("Bo")
    clock.now += 24 * 3600 + 1
    assert accounts.invited(late) is accounts.accept(late, PASSWORD) is None
    first, second = accounts.invite("Bo"), accounts.invite("Bo")
    assert accounts.accept(first, PASSWORD) is None
    with pytest.raises(StudioError):
        accounts.accept(second, "short")
    account = accounts.accept(second, PASSWORD)
    assert account is not None
    assert (account.name, account.has_password) == ("Bo", True)
    assert accounts.accept(second, PASSWORD + "!") is None
    assert accounts.check("Bo", PASSWORD) == account


def test_an_invitation_goes_with_its_account(accounts: Accounts) -> None:
    accounts.add("Bo", Role.EDITOR)
    token = accounts.invite("Bo")
    accounts.set_active("Bo", False)
    assert accounts.accept(token, PASSWORD) is None
    accounts.remove("Bo")
    accounts.add("Bo", Role.ADMINISTRATOR)
    assert accounts.accept(token, PASSWORD) is None


def test_an_unknown_name_takes_as_long_as_a_wrong_password(accounts: Accounts) -> None:
    """The hash is computed either way: without it, an answer comes several times sooner."""

    def seconds(name: str) -> float:
        before = time.process_time()
        assert accounts.check(name, "wrong " + PASSWORD) is None
        return time.process_time() - before

    known, unknown = (statistics.median(seconds(name) for _ in range(9)) for name in ("Ann", "nobody"))
    assert 0.5 < known / unknown < 2


def test_addresses_become_known_and_are_forgotten_with_the_password(accounts: Accounts) -> None:
    account = accounts.find("Ann")
    assert account is not None
    for number in range(12):
        accounts.saw(account, f"10.0.0.{number}")
    assert accounts.is_known("ann", "10.0.0.11")
    assert not accounts.is_known("Ann", "10.0.0.99")
    accounts.set_password("Ann", PASSWORD + "!")
    assert not accounts.is_known("Ann", "10.0.0.11")


def test_a_damaged_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "accounts.sqlite"
    file.write_bytes(b"not a database" * 99)
    with pytest.raises(StudioError, match=r"accounts\.sqlite belongs to the studio and cannot be used"):
        Accounts(file).all()
