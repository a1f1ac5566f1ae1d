"""What can be known of deploy/compose.yml without building an image."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.run import create_http_input_channels
from rasa.shared.exceptions import RasaException

COMPOSE = Path("deploy/compose.yml")
SECRETS = {
    "FAQ_TOKEN": "a token of 24 characters",
    "REST_TOKEN": "of-rest",
    "REDIS_PASSWORD": "of-redis",
    "POSTGRES_PASSWORD": "of-postgres",
}


def compose_command() -> list[str] | None:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            known = subprocess.run([*command, "version"], capture_output=True, check=False)
            if known.returncode == 0:
                return command
    return None


def config(**environment: str) -> subprocess.CompletedProcess[str]:
    command = compose_command()
    if command is None:
        pytest.skip("no compose client is installed: Debian's package docker-compose, or docker's plugin")
    clean = {key: value for key, value in os.environ.items() if key not in SECRETS}
    return subprocess.run(
        [*command, "-f", str(COMPOSE), "config"],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_compose_client_accepts_the_file(in_the_checkout: None) -> None:
    done = config(**SECRETS)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == {"proxy", "service", "rasa", "actions", "redis", "postgres"}


@pytest.mark.parametrize("missing", SECRETS)
def test_without_a_secret_nothing_is_started(in_the_checkout: None, missing: str) -> None:
    done = config(**{name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode != 0
    assert missing in done.stderr


@pytest.fixture
def services(in_the_checkout: None) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    return content


def test_every_container_is_hardened(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["healthcheck"]["test"], name
        assert "outside" not in service["networks"] or name == "proxy"
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_a_container_that_replaces_rasas_has_its_name(services: dict[str, Any]) -> None:
    """What the one before had begun is its own then, see `support.processes`."""
    assert [name for name, service in services.items() if "hostname" in service] == ["rasa"]
    assert "replicas" not in json.dumps(services["rasa"])


def test_no_image_runs_as_root(services: dict[str, Any]) -> None:
    users: dict[str, str] = {}
    stage = ""
    for line in Path("deploy/Dockerfile").read_text("utf-8").splitlines():
        if line.startswith("FROM "):
            stage = line.split(" AS ")[1]
        if line.startswith("USER "):
            users[stage] = line.removeprefix("USER ")
    for name, service in services.items():
        user = service.get("user") or users[service["build"]["target"]]
        assert user not in {"root", "0", "0:0"}, name


def test_no_secret_stands_in_the_files() -> None:
    example = dict(
        line.split("=", 1) for line in Path("deploy/env.example").read_text("utf-8").splitlines() if "=" in line
    )
    assert {name: example[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")
    content = json.dumps(yaml.safe_load(COMPOSE.read_text("utf-8")))
    for name in SECRETS:
        assert f"${{{name}:?" in content


def test_rest_is_not_open_to_all(in_the_checkout: None, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = "deploy/credentials.production.yml"
    monkeypatch.delenv("REST_TOKEN", raising=False)
    with pytest.raises(RasaException, match="REST_TOKEN"):
        create_http_input_channels(None, credentials)
    monkeypatch.setenv("REST_TOKEN", "")
    with pytest.raises(RasaException, match="webhook_token of rest must be a text that is not empty"):
        create_http_input_channels(None, credentials)
    monkeypatch.setenv("REST_TOKEN", "20261124")
    (rest,) = create_http_input_channels(None, credentials)
    assert (rest.name(), rest.webhook_token) == ("rest", "20261124")


def test_nginx_is_reached_from_this_machine_alone_but_in_its_container(tmp_path: Path) -> None:
    plain = Path("deploy/nginx.conf").read_text("utf-8")
    assert re.findall(r"^ *listen (\S+)", plain, re.MULTILINE) == ["127.0.0.1:8000"]
    inside = in_the_container(tmp_path)
    assert re.findall(r"^ *listen (\S+)", inside, re.MULTILINE) == ["8000"]


def test_nginx_in_its_container_asks_again_for_the_address_of_one_that_was_replaced(tmp_path: Path) -> None:
    inside = in_the_container(tmp_path)
    assert re.findall(r"^ *server (\S+:\S+) (\w+)", inside, re.MULTILINE) == [
        *[("service:8080", "resolve")] * 2,
        ("rasa:5005", "resolve"),
    ]
    assert "resolver 127.0.0.11 valid=5s;" in inside
    assert len(re.findall(r"upstream \w+ {[^}]* zone \w+ 64k;", inside)) == 2  # without it nginx does not start
    image = re.search(r"nginx-unprivileged:(\d+)\.(\d+)", Path("deploy/Dockerfile").read_text("utf-8"))
    assert image
    assert (int(image[1]), int(image[2])) >= (1, 28)


def in_the_container(folder: Path) -> str:
    """nginx.conf as the Dockerfile changes it."""
    found = re.search(r"^RUN (sed (?:.*\\\n)*.*)$", Path("deploy/Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert found
    copy = shutil.copy("deploy/nginx.conf", folder)
    subprocess.run(["/bin/sh", "-ec", found[1].replace("/etc/nginx/nginx.conf", str(copy))], check=True)
    return Path(copy).read_text("utf-8")


def test_what_the_dockerfile_copies_is_there() -> None:
    copied = [
        word
        for line in Path("deploy/Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert copied
    assert [name for name in copied if not Path(name).exists()] == []
