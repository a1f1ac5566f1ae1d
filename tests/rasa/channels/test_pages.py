"""What the pages say: their commands are run, their settings are those of credentials.yml."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from faq_component.rasa.process.launch import HOST
from tests.rasa.channels.fake_platforms import FakePlatforms
from tests.rasa.channels.platforms import SECRETS
from tests.rasa.channels.posting import ChannelsBot, all_channels
from tests.servers import ROOT, free_port

PAGES = ROOT / "docs/channels"


def blocks(page: str, language: str) -> list[str]:
    """The code of a language in a page."""
    text = (PAGES / page).read_text("utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def commands_run(page: str, bot: ChannelsBot) -> list[str]:
    """What the commands of a page print, against this bot."""
    environment = {**os.environ, "CALLBACK_TOKEN": SECRETS["CALLBACK_TOKEN"]}
    printed = []
    for code in blocks(page, "sh"):
        here = code.replace("127.0.0.1:5005", f"{HOST}:{bot.port}").replace(".venv/bin/python", sys.executable)
        done = subprocess.run(["/bin/sh", "-ec", here], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    return printed


def test_rest(channels: ChannelsBot) -> None:
    night, offer, answer = commands_run("rest.md", channels)
    assert '"recipient_id":"li"' in night
    assert "faq_pick" in offer
    assert "text" in answer
    assert "faq_pick" not in answer


def test_callback(channels: ChannelsBot, platforms: FakePlatforms) -> None:
    since = len(platforms.calls)
    assert commands_run("callback.md", channels) == ["success"]
    (call,) = platforms.sent("/callback", 1, since)
    assert call.body["buttons"]


def test_the_receiver_of_the_callback_page(tmp_path: Path) -> None:
    (code,) = blocks("callback.md", "python")
    port = free_port()
    (tmp_path / "receive.py").write_text(code.replace("8099", str(port)), "utf-8")
    with subprocess.Popen([sys.executable, tmp_path / "receive.py"], stdout=subprocess.PIPE, text=True) as receiver:
        try:
            for _ in range(50):
                try:
                    urllib.request.urlopen(f"http://{HOST}:{port}/", b"an answer", timeout=10).close()
                    break
                except urllib.error.URLError:
                    time.sleep(0.2)
            assert receiver.stdout is not None
            assert receiver.stdout.readline() == "an answer\n"
        finally:
            receiver.kill()


def test_socketio(channels: ChannelsBot) -> None:
    (printed,) = commands_run("socketio.md", channels)
    assert "bot_uttered" in printed
    assert "faq_pick" in printed


def test_the_settings_are_those_of_the_credentials() -> None:
    sections = yaml.safe_load(all_channels())
    told = {}
    for page in PAGES.glob("*.md"):
        for code in blocks(page.name, "yaml"):
            told.update(yaml.safe_load(code))
    assert told.pop("faq_component.rasa.channels.rest.Rest") == {"webhook_token": "${REST_TOKEN}"}
    elsewhere = ("Rest", "Inbox")  # above, and in the guide of handing over
    assert told == {name: section for name, section in sections.items() if not name.endswith(elsewhere)}


def test_every_link_leads_somewhere() -> None:
    for page in PAGES.glob("*.md"):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (PAGES / link).exists(), f"{page.name}: {link}"


def test_nginx_takes_the_index_page_s_server(tmp_path: Path) -> None:
    nginx, openssl = shutil.which("nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx or openssl is not installed: Debian's packages of these names")
    (server,) = blocks("README.md", "nginx")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bot.example"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = server.replace("443", str(free_port()))
    server = re.sub(r"/etc/letsencrypt\S+fullchain.pem", str(certificate), server)
    server = re.sub(r"/etc/letsencrypt\S+privkey.pem", str(key), server)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {server} }}", "utf-8")
    done = subprocess.run(
        [nginx, "-t", "-c", configuration, "-p", tmp_path, "-e", "stderr"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
