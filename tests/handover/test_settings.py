"""The file of the setting `handover`: what it says, and a sentence for each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.errors import HandoverError
from faq_component.handover.settings import OFF, OFFER, handover_faults, read_handover

WHOLE = """
triggers: {asked: false, misunderstood: off, bad_rating: off}
hours: {time_zone: Asia/Shanghai, weekly: {mon-fri: 09:00-18:00}}
time_out: {person: 5}
mask: false
inbox_url: https://bot.example.com/inbox/
adapters:
  webhook: {url: "https://desk.example.com/${FOLDER}", secret: "${SECRET}"}
  email: {host: smtp.example.com, from: bot@example.com, to: [a@example.com]}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "handover.yml"
    file.write_text(text, "utf-8")
    return file


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    found = read_handover(written(tmp_path, "# nothing\n"), {})
    assert (found.triggers.asked, found.triggers.misunderstood, found.triggers.bad_rating) == (True, 3, OFFER)
    assert (found.time_out.person, found.time_out.user, found.mask, found.addressees) == (10, 30, True, ())


def test_all_of_it_is_read_and_variables_are_filled_in(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)
    found = read_handover(file, {"FOLDER": "faq", "SECRET": "s"})
    assert (found.triggers.asked, found.triggers.misunderstood, found.triggers.bad_rating) == (False, 0, OFF)
    assert (found.time_out.person, found.time_out.user, found.mask) == (5, 30, False)
    webhook, email = found.addressees
    assert webhook.values == {"url": "https://desk.example.com/faq", "secret": "s"}
    assert email.values["to"] == ["a@example.com"]
    assert read_handover(file).addressees[0].values["secret"] == "${SECRET}"  # noqa: S105 (no secret)
    assert "'s'" not in repr(found)


def test_the_demos_file_has_no_fault(in_the_checkout: None) -> None:
    assert handover_faults("bot/handover.yml") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "it must have keys with values"),
        ("{", "it is not YAML"),
        ("x: 2026-02-30", "it is not YAML"),
        ("x: " + "[" * 5_000, "it is not YAML"),
        ("trigger: {}", "the key 'trigger' is unknown; known are triggers, hours"),
        ("triggers: 5", "'triggers' must have keys with values, of asked, misunderstood, bad_rating"),
        ("triggers: {ask: true}", "'triggers' has the unknown key 'ask'"),
        ("triggers: {asked: maybe}", "'triggers.asked' is 'maybe'; it must be true or false"),
        ("triggers: {misunderstood: -1}", "'triggers.misunderstood' is '-1'; it must be a whole number from 0 to 20"),
        ("triggers: {bad_rating: now}", "'triggers.bad_rating' is 'now'; choose one of offer, open and off"),
        ("time_out: {person: 0}", "'time_out.person' is '0'; it must be a whole number from 1 to 1440"),
        ("mask: 1", "'mask' is '1'; it must be true or false"),
        ("keep_days: long", "'keep_days' is 'long'; it must be a whole number"),
        ("inbox_url: bot.example.com", "'inbox_url' is 'bot.example.com'; it must begin with http"),
        ("hours: {time_zone: Asia/Shanghai}", "'hours' needs 'weekly'"),
        ("hours: {weekly: {mon: 9-18}}", "'hours.weekly.mon' is '9-18'; write hours such as 09:00-18:00"),
        ("hours: {weekly: {mon: 18:00-09:00}}", "'hours.weekly.mon' is '18:00-09:00'"),
        ("hours: {weekly: {monday: 09:00-18:00}}", "'hours.weekly' names the day 'monday'"),
        ("hours: {weekly: {mon: 09:00-18:00}, zone: x}", "'hours' has the unknown key 'zone'"),
        ("hours: {weekly: {mon: 09:00-18:00}, time_zone: Mars/Base}", "'Mars/Base', which is no time zone"),
        ("hours: {weekly: {mon: 09:00-18:00}, holidays: [soon]}", "'hours.holidays' has the day 'soon'"),
        ("hours: {weekly: {mon: 09:00-18:00}, holidays: soon}", "'hours.holidays' must be a list of days"),
        ("hours: {weekly: {mon: 09:00-18:00}, open: [2026-10-10]}", "'hours.open' must give days hours"),
        ("adapters: []", "'adapters' must have keys with values, of webhook, wecom, feishu, email"),
        ("adapters: {sms: {}}", "'adapters' has the unknown key 'sms'"),
        ("adapters: {webhook: x}", "'adapters.webhook' must have keys with values, of url, secret"),
        ("adapters: {webhook: {url: 'http://a', secret: '${S}', key: x}}", "'adapters.webhook' has the unknown key"),
        ("adapters: {webhook: {url: 'http://a'}}", "'adapters.webhook' needs 'secret'"),
        ("adapters: {webhook: {url: 'http://a', secret: plain}}", "'adapters.webhook.secret' must name a variable"),
        ("adapters: {webhook: {url: 'http://a', secret: '${S}'}}", "names the variable S, which is not set"),
        ("adapters: {webhook: {url: 'ftp://a', secret: '${SET}'}}", "'adapters.webhook.url' is no address"),
        ("adapters: {wecom: {url: 'https://qyapi.example.com'}}", "'adapters.wecom.url' must name a variable"),
        ("adapters: {email: {host: a, from: b, to: [5]}}", "'adapters.email.to' must be an address"),
        ("adapters: {email: {host: a, from: b, to: c, port: x}}", "'adapters.email.port' is 'x'"),
        ("adapters: {email: {host: a, from: b, to: c, security: ssl}}", "'adapters.email.security' is 'ssl'"),
    ],
)
def test_each_fault_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(HandoverError) as raised:
        read_handover(written(tmp_path, text), {"SET": "x"})
    (fault,) = raised.value.faults
    assert said in fault
    assert "plain" not in fault
    assert str(raised.value) == f"{tmp_path / 'handover.yml'}: {fault}."


def test_a_file_that_is_not_there_and_all_faults_at_once(tmp_path: Path) -> None:
    assert "cannot be read" in handover_faults(tmp_path / "none.yml")[0]
    assert len(handover_faults(written(tmp_path, "a: 1\nmask: 2\ntime_out: {user: 0}\n"))) == 3
