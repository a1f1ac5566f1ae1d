"""Settings in Rasa's files that are wrong: one sentence that names the place, and shows no password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.utils.endpoints import EndpointConfig

from faq_component.rasa import RedisLocks
from faq_component.rasa.components.action_server_guard import ActionServerGuard


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"prot": 6380}, "unknown setting 'prot'; did you mean 'port'?"),
        ({"port": "redis"}, "setting 'port' is 'redis'; it must be a whole number"),
        ({"port": 0}, "setting 'port' is 0; it must be between 1 and 65535"),
        ({"ssl": "maybe"}, "setting 'ssl' is 'maybe'; it must be true or false"),
        ({"password": ["s3cret"]}, "setting 'password' must be a text"),
    ],
)
def test_locks(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidConfigException) as error:
        RedisLocks(EndpointConfig("127.0.0.1", **given))
    assert str(error.value) == f"endpoints.yml, 'lock_store': {said}"


def test_locks_take_what_the_environment_fills_in() -> None:
    locks = RedisLocks(EndpointConfig("redis.local", port="6380", db="2", password=1234, ssl="true", key_prefix=None))
    connection = locks._redis.connection_pool.connection_kwargs
    assert (connection["host"], connection["port"], connection["db"]) == ("redis.local", 6380, 2)
    assert connection["password"] == "1234"  # noqa: S105 (none of anyone's)
    assert locks._prefix == "rasa:lock:"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"timeuot": 2}, "unknown setting 'timeuot'; did you mean 'timeout'?"),
        ({"timeout": 0}, "setting 'timeout' is 0; it must be between 0.001 and 60.0"),
        ({"timeout": "3"}, "setting 'timeout' is '3'; it must be a number"),
        ({"response": None}, "setting 'response' is None; it must be a text"),
    ],
)
def test_the_guard(given: dict[str, Any], said: str, tmp_path: Path) -> None:
    context = ExecutionContext(GraphSchema({}), "model")
    config = {**ActionServerGuard.get_default_config(), **given}
    with pytest.raises(InvalidConfigException) as error:
        ActionServerGuard.create(config, LocalModelStorage(tmp_path), Resource("guard"), context)
    assert str(error.value) == f"config.yml, policy 'ActionServerGuard': {said}"
