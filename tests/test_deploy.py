"""What can be known of deploy/compose.yml without building an image."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

COMPOSE = Path("deploy/compose.yml")
SECRETS = {"FAQ_TOKEN": "a token of 24 characters", "REDIS_PASSWORD": "of-redis", "POSTGRES_PASSWORD": "of-postgres"}


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


def test_what_the_dockerfile_copies_is_there() -> None:
    copied = [
        word
        for line in Path("deploy/Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert copied
    assert [name for name in copied if not Path(name).exists()] == []
