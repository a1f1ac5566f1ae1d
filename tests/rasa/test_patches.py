"""Each patch of Rasa: what it was written for is still there, its switch works, and the page lists it."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import functools
import hashlib
import importlib
import json
import logging
import re
import socket
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("rasa", reason="rasa is not installed")

import jieba
import rasa.cli.utils
import rasa.shared.data
import rasa_sdk.endpoint
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels import console
from rasa.core.processor import MessageProcessor
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import EndpointConfig
from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.handlers import ErrorHandler
from sanic.request import Request
from sanic.server.protocols.http_protocol import HttpProtocol
from socketio import AsyncServer

from faq_component.errors import SettingsError
from faq_component.rasa import patches
from faq_component.rasa.channels.rest import Rest
from faq_component.rasa.process.launch import HOST, RASA, quiet_environment
from faq_component.rasa.stand_ins import NamedComponents, TensorFlowFinder
from tests.rasa.channels.platforms import JSON
from tests.rasa.channels.test_failures import Failing, send
from tests.servers import ROOT, free_port

PAGES = [ROOT / "docs/project/rasa-patches.md", ROOT / "docs/project/rasa-patches.zh.md"]
COMPONENTS = "rasa.engine.recipes.default_components"

# Of each patch: what it changes or builds on, as "module:name", with the first digits of its source's SHA-256.
SHAPES: dict[str, dict[str, str]] = {
    "register_named_components": {
        "rasa.engine.recipes.default_recipe:DefaultV1Recipe._from_registry": "4ce8a757edad",
    },
    "leave_out_tensorflow": {
        "rasa.__main__:main": "403bf08bf4dc",
        "rasa.utils.tensorflow.environment:_setup_cpu_environment": "7f8091a4196b",
        "rasa.utils.tensorflow.environment:_setup_gpu_environment": "a002e318a3b0",
    },
    "keep_jieba_cache_private": {
        "rasa.nlu.tokenizers.jieba_tokenizer:JiebaTokenizer.tokenize": "d37269acfc7c",
        "jieba:Tokenizer.__init__": "56af2ea16b98",
        "jieba:Tokenizer.initialize": "556b0802555c",
    },
    "cut_long_texts": {
        "rasa.nlu.tokenizers.jieba_tokenizer:JiebaTokenizer.tokenize": "d37269acfc7c",
        "jieba:Tokenizer.tokenize": "49dc4cfa2d66",
    },
    "skip_environments": {
        "rasa.shared.data:get_data_files": "b889ce9d004b",
        "rasa.shared.data:_find_data_files_in_directory": "a895318271c3",
        "rasa.shared.importers.rasa:RasaFileImporter.__init__": "ab777918a0f4",
        "rasa.core.test:_create_data_generator": "524a1965e673",
        "rasa.model_testing:test_core": "2ac650d23366",  # loads the model, then searches
    },
    "end_shell_when_left": {
        "rasa.core.channels.console:record_messages": "4f7b22ffdb84",
        "rasa.core.channels.console:_get_user_input": "930da4ffb16a",
        "rasa.cli.utils:payload_from_button_question": "de1e670de8b2",
        "rasa.core.run:configure_app": "0b28ea3f4b4a",  # runs the conversation as a task
        "questionary.question:Question.ask_async": "2273d9b7e67d",
    },
    "watch_remote_actions": {
        "rasa.core.actions.action:RemoteAction.run": "b530fc5a6789",
        "rasa.core.processor:MessageProcessor._run_action": "787be209d2dd",
    },
    "check_results_quickly": {
        "rasa.core.actions.action:RemoteAction._validate_action_result": "24da0f6bdeb2",
        "rasa.core.actions.action:RemoteAction.action_response_format_spec": "6f492274727e",
    },
    "admit_messages": {"rasa.core.agent:Agent.handle_message": "05c7d977a721"},
    "ask_ahead": {
        "rasa.core.processor:MessageProcessor.parse_message": "1cd8ac221875",
        "rasa.core.processor:MessageProcessor._parse_message_with_graph": "72d339a8c2cf",
        "rasa.core.agent:Agent.parse_message": "b417d0493775",
    },
    "watch_conversations": {
        "rasa.core.agent:Agent.handle_message": "05c7d977a721",
        "rasa.core.processor:MessageProcessor.handle_message": "a96904e7796d",
        "rasa.core.processor:MessageProcessor.log_message": "1209f3e2d08b",
    },
    "bound_answers": {
        "rasa.utils.endpoints:EndpointConfig.session": "f6136492eac7",
        "rasa.utils.endpoints:EndpointConfig.request": "bc49eb77a158",
        "aiohttp.client_reqrep:ClientResponse.start": "42ba7db5b74c",
        "aiohttp.client_reqrep:ClientResponse.read": "f773962a54b9",
    },
    "refuse_misframed_requests": {
        "sanic.http:Http.http1_request_header": "bef0a1213ec9",
        "sanic.http:Http.create_empty_request": "6bd7d4ffde92",
        "sanic.http:Http.read": "d527750f2b3b",
        "sanic.request:Request.__init__": "66a95a0040db",
    },
    "refuse_bad_action_calls": {
        "sanic.handlers:ErrorHandler.lookup": "fbe76a16e79a",
        "sanic.handlers:ErrorHandler.response": "5c04bc51a6df",
        "rasa_sdk.endpoint:create_app": "7ff66bf2cad0",
    },
    "keep_arrival_order": {
        "sanic.server.protocols.http_protocol:HttpProtocol.connection_made": "17319612fd4c",
        "sanic.server.protocols.http_protocol:HttpProtocol.data_received": "d96e420352c7",
        "sanic.http:Http.http1": "d265b040b230",
    },
    "clean_logs": {
        "rasa.utils.log_utils:configure_structlog": "adbf22a14c77",
        "sanic.http:Http.log_response": "07352049566a",
        "structlog._base:BoundLoggerBase._process_event": "51fff8fb64bb",
    },
    "replace_handlers": {
        "sanic.models.futures:FutureRoute": "c7233c898590",
        "sanic.mixins.routes:RouteMixin.__init__": "8f733ebcc74f",
        "sanic.blueprints:Blueprint.register": "bd1c262bdfea",
        "rasa.core.channels.botframework:BotFrameworkInput.blueprint": "a2516ba5a3ae",
        "rasa.core.channels.facebook:FacebookInput.blueprint": "b8066e3ad260",
        "rasa.core.channels.mattermost:MattermostInput.blueprint": "f100bcd18880",
        "rasa.core.channels.telegram:TelegramInput.blueprint": "01602bf8b5dc",
    },
    "limit_body": {
        "sanic.app:Sanic.handle_request": "8ea6295815b2",
        "sanic.http:Http.http1": "d265b040b230",
        "sanic.http:Http.read": "d527750f2b3b",
        "sanic.request:Request.receive_body": "0e7e742f82ea",
    },
    "wrap_socket_requests": {
        "engineio.async_drivers.sanic:create_route": "502e694d15ca",
        "engineio.async_drivers.sanic:translate_request": "ac2a6fc92b07",
        "engineio.async_server:AsyncServer.attach": "687701c4eeee",
    },
    "check_origins": {
        "engineio.base_server:BaseServer._cors_allowed_origins": "b421a11956ef",
        "rasa.core.channels.socketio:SocketIOInput.blueprint": "0f82ad048885",
    },
    "replace_event_handler": {
        "socketio.base_server:BaseServer.on": "9e53fc9d24f9",
        "rasa.core.channels.socketio:SocketIOInput.blueprint": "0f82ad048885",
    },
}
# Private parts that our subclasses override or use, which no patch changes.
RELIED_ON: dict[str, str] = {
    "rasa.core.agent:Agent.load_model": "dc0e0244f854",
    "rasa.core.channels.botframework:BotFrameworkInput._update_cached_jwk_keys": "ba1d79d5cbae",
    "rasa.core.channels.callback:CallbackOutput._persist_message": "bc087a080339",
    "rasa.core.channels.facebook:Messenger._handle_user_message": "8087e0dd6095",
    "rasa.core.channels.mattermost:MattermostInput._handle_message": "9ca2305f99ed",
    "rasa.core.channels.socketio:SocketIOOutput._send_message": "88369ceeb928",
    "rasa.core.channels.twilio:TwilioInput._is_location_message": "6dfee8a539eb",
    "rasa.core.channels.twilio:TwilioOutput._send_message": "a025b0ffde3e",
    "rasa.core.policies.policy:Policy._default_predictions": "a9146c53fd97",
    "rasa.core.policies.policy:Policy._prediction": "e1dd53ab6529",
    "rasa.core.processor:MessageProcessor._get_action": "5af5775ffad2",
    "rasa.core.processor:MessageProcessor._run_action": "787be209d2dd",
    "rasa.core.tracker_store:SQLTrackerStore.SQLEvent": "f709d15622df",
    "rasa.core.tracker_store:SQLTrackerStore._retrieve": "78c7e08ac309",
    "rasa.core.utils:number_of_sanic_workers": "c8f85b9a33c9",
    "rasa.nlu.classifiers.logistic_regression_classifier:LogisticRegressionClassifier.__init__": "94490899377c",
    "rasa.nlu.classifiers.logistic_regression_classifier:LogisticRegressionClassifier._create_X": "9934879d9b69",
    "rasa_sdk.endpoint:run": "c5dfaa172d96",
    "sanic.blueprints:Blueprint.register": "bd1c262bdfea",
    "jieba:Tokenizer.check_initialized": "be390d60c7dc",
}


def source(name: str) -> str:
    """The text of a function or class, read without importing it: some would bring TensorFlow."""
    module, _, qualified = name.partition(":")
    top, *inner = module.split(".")
    spec = find_spec(top)
    assert spec is not None
    assert spec.origin is not None
    place = Path(spec.origin).parent.joinpath(*inner)
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    text = file.read_text("utf-8")
    found: ast.AST = ast.parse(text)
    for part in qualified.split("."):
        found = next(
            node
            for node in getattr(found, "body", [])
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == part
        )
    segment = ast.get_source_segment(text, found)
    assert segment is not None
    return segment


def changed_since(shapes: dict[str, str]) -> list[str]:
    """What has another source than was noted, with the digest that it has now."""
    changed = []
    for name, noted in shapes.items():
        try:
            digest = hashlib.sha256(source(name).encode()).hexdigest()[:12]
        except (StopIteration, OSError):
            digest = "gone"
        if digest != noted:
            package = packages_distributions()[name.partition(":")[0].partition(".")[0]][0]
            changed.append(f'"{name}": "{digest}" in {package} {version(package)}')
    return changed


@pytest.mark.parametrize("patch", patches.NAMES)
def test_what_a_patch_was_written_for_is_as_it_was(patch: str) -> None:
    changed = changed_since(SHAPES[patch])
    assert not changed, (
        f"Look at patches.{patch}, which was written for other code; where it still fits, note these here, and the "
        f"version in its docstring: {'; '.join(changed)}"
    )


@pytest.mark.parametrize("name", RELIED_ON)
def test_what_subclasses_rely_on_is_as_it_was(name: str) -> None:
    changed = changed_since({name: RELIED_ON[name]})
    assert not changed, (
        f"Look at who relies on it, which {PAGES[0].name} says, and where that still fits, note here: {changed[0]}"
    )


@pytest.fixture(params=patches.NAMES)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:  # noqa: C901 (a case for each patch)
    """A patch that can be applied to something as it was before, and whether it has changed that."""
    name: str = request.param
    apply = getattr(patches, name)
    server = AsyncServer(async_mode="sanic", cors_allowed_origins=[])

    def before(owner: Any, attribute: str) -> Callable[[], bool]:
        """Put the original there, where it will be again after the test; returns whether it is another by then."""
        present = getattr(owner, attribute)
        original = getattr(present, "faq_original", present)
        monkeypatch.setattr(owner, attribute, original)
        return lambda: getattr(owner, attribute) is not original and getattr(owner, attribute).faq_original is original

    async def ours(*_: Any) -> None:
        raise AssertionError

    if name == "register_named_components":
        monkeypatch.setitem(sys.modules, COMPONENTS, sys)
        return apply, ({},), lambda: isinstance(sys.modules[COMPONENTS], NamedComponents)
    if name == "leave_out_tensorflow":
        others = [finder for finder in sys.meta_path if not isinstance(finder, TensorFlowFinder)]
        monkeypatch.setattr(sys, "meta_path", others)
        return apply, (), lambda: [isinstance(finder, TensorFlowFinder) for finder in sys.meta_path].count(True) == 1
    if name == "keep_jieba_cache_private":
        monkeypatch.setattr(jieba.dt, "tmp_dir", None)
        return apply, (tmp_path,), lambda: jieba.dt.tmp_dir == str(tmp_path)
    if name == "cut_long_texts":
        return apply, (), before(jieba, "tokenize")
    if name == "skip_environments":
        return apply, (), before(rasa.shared.data, "get_data_files")
    if name == "end_shell_when_left":
        changed = [before(console, name) for name in ("record_messages", "_get_user_input")]
        changed.append(before(rasa.cli.utils, "payload_from_button_question"))
        return apply, (), lambda: all(is_changed() for is_changed in changed)
    if name == "watch_remote_actions":
        return apply, (ours,), before(RemoteAction, "run")
    if name == "check_results_quickly":
        return apply, (), before(RemoteAction, "_validate_action_result")
    if name == "admit_messages":
        return apply, (ours,), before(Agent, "handle_message")
    if name == "ask_ahead":
        return apply, (ours,), before(MessageProcessor, "parse_message")
    if name == "watch_conversations":
        return apply, (ours,), before(MessageProcessor, "handle_message")
    if name == "bound_answers":
        return apply, (object,), before(EndpointConfig, "session")
    if name == "refuse_misframed_requests":
        return apply, (), before(Request, "__init__")
    if name == "refuse_bad_action_calls":
        monkeypatch.setattr(rasa_sdk.endpoint, "zlib", zlib)
        return apply, (), before(ErrorHandler, "lookup")
    if name == "keep_arrival_order":
        return apply, (), before(HttpProtocol, "data_received")
    if name == "clean_logs":
        monkeypatch.setattr(logging, "_logRecordFactory", logging.LogRecord)
        return apply, (), lambda: logging.getLogRecordFactory() is not logging.LogRecord
    if name == "replace_handlers":
        blueprint: Any = Blueprint("webhook")
        blueprint.add_route(lambda request: None, "/", methods=["POST"])
        return apply, (blueprint, lambda route: ours), lambda: {r.handler for r in blueprint._future_routes} == {ours}
    if name == "limit_body":
        request_ = SimpleNamespace(stream=SimpleNamespace(request_max_size=0))
        return apply, (request_, 10), lambda: request_.stream.request_max_size == 10
    if name == "wrap_socket_requests":
        return apply, (server, lambda handle: functools.partial(ours, handle)), before(server.eio, "handle_request")
    if name == "check_origins":
        return apply, (server, ours), lambda: server.eio.cors_allowed_origins is ours
    assert name == "replace_event_handler", f"{name} needs a case here"
    server.on("session_request", lambda socket_id: None)
    return (
        apply,
        (server, "session_request", None, lambda handler: ours),
        lambda: server.handlers["/"]["session_request"] is ours,
    )


def test_the_switch(case: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    apply, arguments, is_changed = case
    monkeypatch.setenv(patches.VARIABLE, f"{patches.NAMES[0]}, {patches.NAMES[-1]},{apply.__name__}")
    assert apply(*arguments) is False
    assert not is_changed()
    monkeypatch.delenv(patches.VARIABLE)
    for _ in range(2):
        assert apply(*arguments) is True
        assert is_changed()


def test_an_unknown_name_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(patches.VARIABLE, "limit_body,limit")
    with pytest.raises(SettingsError, match=r"names the patch 'limit', which there is not; it takes register_named_"):
        patches.is_on("limit_body")
    environment = {**quiet_environment(), patches.VARIABLE: "limit"}
    run = subprocess.run(
        [sys.executable, "-m", RASA, "run"], capture_output=True, text=True, env=environment, timeout=60
    )
    assert run.returncode == 1
    assert run.stderr.startswith("FAQ_RASA_PATCHES_OFF names the patch 'limit', which")
    assert run.stderr.count("\n") == 1


def test_what_is_patched_as_components_are_imported() -> None:
    for module in ("action_server_guard", "faq_recall"):
        importlib.import_module(f"faq_component.rasa.components.{module}")
    patched = (
        rasa.shared.data.get_data_files,
        RemoteAction.run,
        RemoteAction._validate_action_result,
        Request.__init__,
        Agent.handle_message,
        EndpointConfig.session,
    )
    assert all(hasattr(one, "faq_original") for one in patched)


def test_with_all_of_them_off_rasa_is_as_it_was() -> None:
    # Without TensorFlow, which takes most of the time.
    code = (
        "import sys, rasa.shared.data; from faq_component.rasa.stand_ins import TensorFlowFinder\n"
        "sys.meta_path.insert(0, TensorFlowFinder())\n"
        "from faq_component.rasa.components import action_server_guard, faq_recall\n"
        "from rasa.core.actions.action import RemoteAction as Action\n"
        "from sanic.request import Request\n"
        "from rasa.core.agent import Agent; from rasa.utils.endpoints import EndpointConfig\n"
        "found = (rasa.shared.data.get_data_files, Action.run, Action._validate_action_result, Request.__init__,\n"
        "    Agent.handle_message, EndpointConfig.session)\n"
        "print(*(hasattr(one, 'faq_original') for one in found))\n"
    )
    environment = {**quiet_environment(), patches.VARIABLE: ",".join(patches.NAMES)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300)
    assert run.stdout.split() == ["False"] * 6, run.stderr[-2000:]


@pytest.mark.parametrize("terminal", [True, False])
def test_texts_of_users_do_nothing_in_rasas_log(terminal: bool) -> None:
    hostile = "a\x1b]0;title\x07\x1b[2J\r\nforged\u2028forged"
    code = (
        "import logging, sys; from faq_component.rasa.stand_ins import TensorFlowFinder\n"
        "sys.meta_path.insert(0, TensorFlowFinder())\n"
        f"sys.stderr.isatty = lambda: {terminal}\n"
        "import structlog; from rasa.utils.log_utils import configure_structlog\n"
        "configure_structlog(logging.DEBUG); logging.getLogger().setLevel(logging.WARNING)\n"
        "from faq_component.rasa.components import faq_recall\n"
        f"logger, text = structlog.get_logger('test'), {hostile!a}\n"
        "logger.error(text, text=text, slots={'a': text})\n"
        "try: raise ValueError(text)\n"
        "except ValueError: logger.exception('failed')\n"
        "record = logging.getLogger('sanic.access').makeRecord('n', 40, '', 1, '', (), None, extra={'request': text})\n"
        "logging.getLogger('sanic.access').filter(record); print(record.request)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env=quiet_environment()
    )
    assert run.returncode == 0, run.stderr[-2000:]
    written = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout)  # the renderer's colours
    assert written.count("forged") >= 8
    assert not re.search(r"^forged", written, flags=re.MULTILINE)
    assert all(char.isprintable() or char in "\n\t" for char in written)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_lists_every_patch_and_what_is_relied_on(page: Path) -> None:
    listed = re.findall(r"^\| `([^`]+)` \|", page.read_text("utf-8"), flags=re.MULTILINE)
    assert listed == [*patches.NAMES, *RELIED_ON]


def test_every_docstring_says_what_why_where_it_was_seen_and_what_is_without_it() -> None:
    for name in patches.NAMES:
        said = re.findall(r"^    (What|Why|Seen on|Off): ", getattr(patches, name).__doc__, flags=re.MULTILINE)
        assert said == ["What", "Why", "Seen on", "Off"], name


@pytest.fixture
def bad_calls_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_sdk.endpoint, "zlib", zlib)
    monkeypatch.setattr(ErrorHandler, "lookup", ErrorHandler.lookup)
    assert patches.refuse_bad_action_calls()


CALL = b'{"next_action": "action_faq_answer", "tracker": {}}'


@pytest.mark.usefixtures("bad_calls_refused")
def test_a_packed_call_that_is_not_whole_or_too_long_is_refused() -> None:
    unpack = rasa_sdk.endpoint.zlib.decompress
    for content in (b"{}", b"a" * (16 << 20)):
        assert unpack(zlib.compress(content)) == content
    for packed in (
        zlib.compress(b"a" * (16 << 20) + b"a"),
        *(b"not packed", b"", zlib.compress(CALL)[:-1], zlib.compress(CALL)[:20]),
    ):
        with pytest.raises(InvalidUsage):
            unpack(packed)


@pytest.mark.usefixtures("bad_calls_refused")
@pytest.mark.parametrize(
    ("packed", "status"),
    [
        (zlib.compress(CALL), 500),
        *((zlib.compress(content), 400) for content in (b"x", b"[]", b"{}", b"\xff", CALL.replace(b"{}", b"[]"))),
        (zlib.compress(CALL)[:-1], 400),
        (CALL, 400),
    ],
)
def test_an_error_is_the_servers_own_only_at_a_call(packed: bytes, status: int) -> None:
    async def handler(request: Any, error: Exception) -> Any:
        return SimpleNamespace(status=500)

    errors: Any = ErrorHandler("auto")
    errors.add(Exception, handler)
    answer = errors.lookup(AttributeError("'list' object has no attribute 'get'"), None)
    request = SimpleNamespace(headers={"content-encoding": "deflate"}, body=packed)
    assert asyncio.run(answer(request, AttributeError())).status == status


@pytest.fixture
def quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RemoteAction._validate_action_result)
    assert patches.check_results_quickly()


def action() -> RemoteAction:
    return RemoteAction("action_faq_answer", action_endpoint=None)


@pytest.mark.usefixtures("quick_check")
@pytest.mark.parametrize(
    "result",
    [
        {},
        {"events": [], "responses": [{"text": "祝你做个好梦"}]},
        {"events": [{"event": "slot", "name": "faq_topic", "value": "good_night", "timestamp": None}]},
    ],
)
def test_a_result_that_fits_passes(result: dict[str, object]) -> None:
    assert action()._validate_action_result(result) is True


@pytest.mark.usefixtures("quick_check")
@pytest.mark.parametrize("result", [{"events": [{"name": "faq_topic"}]}, {"responses": "text"}, {"events": {}}])
def test_a_result_that_does_not_fit_is_refused_in_rasas_words(result: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="Failed to validate Action server response"):
        action()._validate_action_result(result)


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Searches among files some of which are in an environment; returns what is found, once each file was looked at."""
    for file in ("bot/test_ours.yml", ".venv/pyvenv.cfg", ".venv/lib/test_theirs.yml", "conda/conda-meta/history.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "link").symlink_to(".venv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rasa.shared.data, "get_data_files", rasa.shared.data.get_data_files)
    assert patches.skip_environments()

    def found(*paths: str) -> list[str]:
        looked_at: list[str] = []
        files = rasa.shared.data.get_data_files(list(paths), lambda file: not looked_at.append(file))  # type: ignore[func-returns-value]
        assert sorted(Path(file).absolute() for file in looked_at) == [Path(file).absolute() for file in files]
        return [str(Path(file).absolute().relative_to(tmp_path)) for file in files]

    return found


@pytest.mark.parametrize(
    ("paths", "files"),
    [
        ((".",), ["bot/test_ours.yml"]),
        (("./",), ["bot/test_ours.yml"]),
        (("bot",), ["bot/test_ours.yml"]),
        (("bot", ".venv"), [".venv/lib/test_theirs.yml", "bot/test_ours.yml"]),
        ((".venv/lib",), [".venv/lib/test_theirs.yml"]),
        (("link/lib/test_theirs.yml",), ["link/lib/test_theirs.yml"]),
        (("conda",), ["conda/conda-meta/history.json"]),
        ((), []),
    ],
)
def test_environments_are_searched_only_where_they_are_named(
    search: Callable[..., list[str]], tmp_path: Path, paths: tuple[str, ...], files: list[str]
) -> None:
    assert search(*paths) == files
    assert search(*(str(tmp_path / path) for path in paths)) == files


def test_a_conversation_that_fails_ends_the_shell(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def typed(previous_response: object) -> str:
        return "hello"

    monkeypatch.setattr(console, "record_messages", console.record_messages)
    monkeypatch.setattr(console, "_get_user_input", typed)
    assert patches.end_shell_when_left()
    monkeypatch.setattr(console, "_get_user_input", typed)
    with pytest.raises(SystemExit) as left:
        asyncio.run(console.record_messages("u", f"http://{HOST}:{free_port()}"))
    assert left.value.code == 1
    assert "a message could not be answered" in caplog.text
    assert "Cannot connect to host" in caplog.text


def test_a_channel_that_could_not_check_requests_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(patches.VARIABLE, "replace_handlers")
    with pytest.raises(InvalidConfigException, match=r"the channel rest cannot check requests: .*; take it out there"):
        Rest().blueprint(Failing())


@pytest.mark.parametrize("off", ["", "limit_body"])
def test_a_body_is_too_long_with_and_without_the_limit(off: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(patches.VARIABLE, off)
    bot = Failing()
    long = json.dumps({"sender": "well", "message": "晚" * 500_000}).encode()
    assert send(Rest(), bot, (JSON, long))[0] == 413
    assert not bot.asked
    assert send(Rest(), bot, (JSON, b'{"sender": "well", "message": "a"}'))[0] == 200


MISFRAMED = [
    "bad name: a",
    "a\x00b: c",
    ": no name",
    "Content-Length: -1",
    "Content-Length: -0",
    "Content-Length: +2",
    "Content-Length: 1_0",
    "Content-Length: 2.0",
    "Content-Length: two",
    "Content-Length:",
    "Content-Length: ２",
    "Content-Length: " + "9" * 5_000,
    "Content-Length: 2\r\nContent-Length: 3",
    "Content-Length: 2\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: chunked\r\n\r\n-1",
    "Transfer-Encoding: chunked\r\n\r\nzz",
]
SERVER = """
import sys
from sanic import Sanic
from sanic.response import text
from faq_component.rasa import patches
patches.refuse_misframed_requests()
app = Sanic("echo")
@app.post("/")
async def echo(request):
    return text(request.body.decode())
app.run("127.0.0.1", int(sys.argv[1]), access_log=False)
"""


@pytest.fixture(scope="module")
def sanic() -> Iterator[int]:
    """The port of a server of the installed Sanic, with the patch."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], cwd=ROOT)
    try:
        while True:
            assert server.poll() is None
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
                break
        yield port
    finally:
        server.kill()
        server.wait()


def ask(port: int, request: bytes) -> bytes:
    """The first line of the answer to the bytes of a request."""
    with socket.create_connection((HOST, port), timeout=20) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline().strip()


@pytest.mark.parametrize("headers", MISFRAMED, ids=lambda text: text[:40])
def test_a_request_of_no_length_is_refused_and_the_next_one_answered(headers: str, sanic: int) -> None:
    head = f"POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{{}}\r\n\r\n"
    assert ask(sanic, head.encode()) == b"HTTP/1.1 400 Bad Request"
    for good in ("Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
        assert ask(sanic, f"POST / HTTP/1.1\r\nHost: x\r\n{good}".encode()) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("address", ["http://[", "//", "http://a:99999999/", "\x7f", "/\xff", "/\xe4\xbd", "\xff"])
def test_a_request_for_no_address_is_refused(address: str, sanic: int) -> None:
    answer = ask(sanic, f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode("latin-1"))
    assert answer.startswith(b"HTTP/1.1 4")
    assert ask(sanic, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}") == b"HTTP/1.1 200 OK"


def test_a_long_text_is_cut_in_pieces_and_its_tokens_stand_where_they_do() -> None:
    patches.cut_long_texts()
    text = "怎么退货呢" * 120 + "不" * 10_000
    tokens = list(jieba.tokenize(text))
    assert "".join(word for word, _begin, _end in tokens) == text
    assert all(text[begin:end] == word for word, begin, end in tokens)
    assert len([word for word, begin, _end in tokens if begin >= 2_000]) == 43
    assert {"退货", "不"} <= {word for word, begin, _end in tokens if begin < 2_000}
    short = "怎么退货呢" * 100
    assert list(jieba.tokenize(short)) == list(jieba.tokenize.faq_original(short))


def test_a_malformed_command_of_a_user_is_not_written_into_the_log() -> None:
    patches.clean_logs()
    with warnings.catch_warnings(record=True) as told:
        YAMLStoryReader.unpack_regex_message(Message({TEXT: '/faq_feedback{"topic": "my card 4111'}))
    assert told == []
