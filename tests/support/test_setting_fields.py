"""Settings that say what they are: checked in one place, listed by group, in a key when they change what it is of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from faq_component.errors import SettingsError
from faq_component.support.setting_fields import (
    Affects,
    CheckedSettings,
    Identity,
    cache_key,
    check_names,
    fields_table,
    setting,
)

_plain = partial(setting, group="Plain", affects=Affects.NOTHING)


@dataclass(frozen=True)
class Kitchen(CheckedSettings):
    """Some of every kind."""

    name: str = _plain("stove", "what it is called", required=True)
    size: int = _plain(3, "how large it is", low=1, high=9)
    heat: float | None = _plain(None, "how hot it is", low=0.0, high=1.0)
    lit: bool = _plain(False, "whether it is lit")
    fuel: str = setting("gas", "what it burns", group="Supplies", affects=Affects.RETRIEVAL, choices=("gas", "wood"))
    place: str = _plain("", "where it is", pattern=re.compile("[a-z]+"), noun="small letters", refused=("nowhere",))
    key: str = _plain("", "opens the door", shown=False, pattern=re.compile("[0-9]{3}"), noun="three digits")
    spare: str | None = _plain(None, "is in no table", listed=False)


@pytest.mark.parametrize("lacking", ["group", "affects"])
def test_a_setting_says_its_group_and_what_it_changes(lacking: str) -> None:
    given: dict[str, Any] = {"group": "Plain", "affects": Affects.NOTHING}
    del given[lacking]
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{lacking}'"):
        setting(1, "a number", **given)
    with pytest.raises(TypeError, match="unexpected keyword argument 'lowest'"):
        setting(1, "a number", group="Plain", affects=Affects.NOTHING, lowest=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sise": 4}, "unknown setting 'sise'; did you mean 'size'?"),
        ({"zzzz": 4}, "unknown setting 'zzzz'; known are name, size, heat, lit, fuel, place, key, spare"),
        ({"name": ""}, "name must be set"),
        ({"name": 3}, "setting 'name' is 3; it must be a text"),
        ({"size": "4"}, "setting 'size' is '4'; it must be a whole number"),
        ({"size": 4.0}, "setting 'size' is 4.0; it must be a whole number"),
        ({"size": True}, "setting 'size' is True; it must be a whole number"),
        ({"size": None}, "setting 'size' is None; it must be a whole number"),
        ({"size": 10}, "setting 'size' is 10; it must be between 1 and 9"),
        ({"heat": "warm"}, "setting 'heat' is 'warm'; it must be a number"),
        ({"heat": float("nan")}, "setting 'heat' is nan; it must be between 0.0 and 1.0"),
        ({"lit": 1}, "setting 'lit' is 1; it must be true or false"),
        ({"fuel": "coal"}, "setting 'fuel' is 'coal'; choose one of gas, wood"),
        ({"place": "nowhere"}, "setting 'place' is 'nowhere'; it must be small letters"),
        ({"place": "A1"}, "setting 'place' is 'A1'; it must be small letters"),
        ({"key": "s3cret"}, "setting 'key' must be three digits"),
        ({"key": ["s3cret"]}, "setting 'key' must be three digits"),
    ],
)
def test_what_is_wrong_is_one_sentence(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Kitchen.from_mapping({"name": "stove", **values})
    assert str(caught.value) == message


def test_a_value_is_checked_however_settings_are_made() -> None:
    message = "setting 'size' is 0; it must be between 1 and 9"
    with pytest.raises(SettingsError, match=message):
        Kitchen(size=0)
    with pytest.raises(SettingsError, match=message):
        replace(Kitchen(), size=0)
    assert Kitchen(heat=1).heat == 1  # a whole number is a number


def test_texts_of_the_environment_are_read_as_what_they_spell() -> None:
    given = {"name": 7, "size": "4", "heat": "0.5", "lit": "On", "fuel": None, "spare": 1.5}
    assert Kitchen.from_mapping(given, lenient=True) == Kitchen("7", 4, 0.5, True, "gas", spare="1.5")
    for values, message in (
        ({"size": "many"}, "KITCHEN_SIZE is 'many'; it must be a whole number"),
        ({"lit": "maybe"}, "KITCHEN_LIT is 'maybe'; it must be true or false"),
        ({"size": "10"}, "KITCHEN_SIZE is 10; it must be between 1 and 9"),
    ):
        with pytest.raises(SettingsError) as caught:
            Kitchen.from_mapping(
                {"name": "stove", **values}, lenient=True, called=lambda name: f"KITCHEN_{name.upper()}"
            )
        assert str(caught.value) == message


def test_names_alone_are_checked_too() -> None:
    check_names(["size"], ("size", "heat"))
    with pytest.raises(SettingsError, match="unknown setting 'head'; did you mean 'heat'"):
        check_names(["size", "head"], ("size", "heat"))


def test_the_table_has_a_part_for_each_group() -> None:
    assert fields_table(Kitchen) == (
        "**Plain**\n\n| setting | default | may be | is |\n| --- | --- | --- | --- |\n"
        "| `name` | `stove` |  | what it is called |\n| `size` | `3` | 1 to 9 | how large it is |\n"
        "| `heat` | open | 0.0 to 1.0 | how hot it is |\n| `lit` | `false` | true, false | whether it is lit |\n"
        "| `place` | `` |  | where it is |\n| `key` | `` |  | opens the door |\n\n"
        "**Supplies**\n\n| setting | default | may be | is |\n| --- | --- | --- | --- |\n"
        "| `fuel` | `gas` | gas, wood | what it burns |"
    )


@dataclass(frozen=True)
class Keyed(CheckedSettings):
    """Some of every kind that enters a key."""

    depth: int = setting(1, "", group="", affects=Affects.RETRIEVAL)
    form: bool = setting(True, "", group="", affects=Affects.REWRITING | Affects.RETRIEVAL)
    bound: float = setting(0.5, "", group="", affects=Affects.DECISION)
    voice: str = setting("", "", group="", affects=Affects.PRESENTATION)
    threads: int = setting(1, "", group="", affects=Affects.NOTHING)
    words: str | None = setting(None, "", group="", affects=Affects.RETRIEVAL, identity=Identity.CONTENT)
    model: str = setting("m", "", group="", affects=Affects.RETRIEVAL, identity=Identity.FINGERPRINT)


def test_a_key_has_what_changes_its_results_and_nothing_else() -> None:
    assert cache_key(Keyed(), Affects.REWRITING) == {"form": True}
    assert cache_key(Keyed(), Affects.DECISION) == {"bound": 0.5}
    found_by = {"depth": 1, "form": True, "words": None, "model": "f"}
    assert cache_key(Keyed(model="other name"), Affects.RETRIEVAL, model="f") == found_by
    assert cache_key(Keyed(), Affects.RETRIEVAL | Affects.DECISION, model="f") == {**found_by, "bound": 0.5}
    assert cache_key(Keyed(), Affects.NOTHING) == {}
    with pytest.raises(TypeError, match="'model' enters a key by a fingerprint, which is missing"):
        cache_key(Keyed(), Affects.RETRIEVAL)


def test_files_and_folders_enter_a_key_by_their_content(tmp_path: Path) -> None:
    def key(place: Path) -> dict[str, Any]:
        return cache_key(Keyed(words=str(place)), Affects.RETRIEVAL, model="")

    absent, one, other = (key(tmp_path / name) for name in ("absent", "one", "other"))
    assert absent == one == other
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("content")
    assert absent != key(tmp_path / "one") == key(tmp_path / "other")
    (tmp_path / "other/file").write_text("changed")
    assert key(tmp_path / "one") != key(tmp_path / "other")
