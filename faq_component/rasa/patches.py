"""Everything that is changed in the internals of Rasa and of the libraries below it: one function for each change.

A change that is made once may be made again without harm; the others are made to the object that is given. The
environment's ``FAQ_RASA_PATCHES_OFF`` switches them off, by the names of the functions with commas between them. Each
returns whether it was applied. `docs/project/rasa-patches.md` lists them, with the private parts of Rasa that
subclasses rely on; `tests/rasa/test_patches.py` notices when what a patch changes is no longer what it was written for.

Rasa is imported inside the functions: some have to be called before it is.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import sys
import warnings
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from faq_component.errors import SettingsError
from faq_component.support.clean_logs import clean_logs as clean_records
from faq_component.support.clean_logs import clean_rendered, clean_text

if TYPE_CHECKING:
    from rasa.core.actions.action import RemoteAction
    from rasa.shared.core.trackers import DialogueStateTracker
    from sanic import Blueprint
    from sanic.request import Request
    from socketio import AsyncServer

logger = logging.getLogger(__name__)

VARIABLE = "FAQ_RASA_PATCHES_OFF"
NAMES: list[str] = []  # of all patches, in the order in which they stand here

_COMPONENTS = "rasa.engine.recipes.default_components"
_TENSORFLOW_SETTINGS = "TF_"  # Rasa hands these environment variables to TensorFlow
_LENGTH = re.compile(r"[0-9]{1,18}[ \t]*")  # bytes of a body
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9a-zA-Z-]+")  # a name, as RFC 9110 has it
_UNPACKED = 16 << 20  # bytes of a call of an action
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")

Handler = Callable[..., Any]
_CUT_FROM, _PIECE = 500, 200  # characters
_WORDS_WITHIN = 2_000  # characters of a text; what follows is read by meaning only

Watch = Callable[["RemoteAction", "DialogueStateTracker", Awaitable[Any]], Awaitable[Any]]
_P = ParamSpec("_P")


def is_on(name: str) -> bool:
    """Whether a patch is to be applied.

    Raises:
        SettingsError: ``FAQ_RASA_PATCHES_OFF`` has a name that no patch has.
    """
    off = [given for part in os.environ.get(VARIABLE, "").split(",") if (given := part.strip())]
    for given in off:
        if given not in NAMES:
            raise SettingsError(
                f"{VARIABLE} names the patch '{given}', which there is not; it takes {', '.join(NAMES)}."
            )
    return name not in off


def _patch(apply: Callable[_P, None]) -> Callable[_P, bool]:
    """Register a patch, and have it obey the switch."""
    NAMES.append(apply.__name__)

    @functools.wraps(apply)
    def switched(*args: _P.args, **kwargs: _P.kwargs) -> bool:
        if not is_on(apply.__name__):
            _report_off(apply.__name__)
            return False
        apply(*args, **kwargs)
        return True

    return switched


@functools.cache
def _report_off(name: str) -> None:
    logger.warning("The patch %s of Rasa is switched off by %s.", name, VARIABLE)


def _replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put what `make` makes of an attribute in its place; of the original, where it was replaced before."""
    present = getattr(owner, name)
    original = getattr(present, "faq_original", present)
    replacement = make(original)
    replacement.faq_original = original
    setattr(owner, name, replacement)


@_patch
def register_named_components(components: Mapping[str, str]) -> None:
    """Have Rasa register only these components of its own: class names with their modules.

    What: a stand-in for the module ``rasa.engine.recipes.default_components``, put in place before Rasa is imported.
    Why: Rasa imports all of its components to register them, with whatever each of them needs.
    Seen on: Rasa 3.6.21.
    Off: all are imported, and the bot starts later.
    """
    from faq_component.rasa.stand_ins import NamedComponents

    sys.modules[_COMPONENTS] = NamedComponents(_COMPONENTS, components)


@_patch
def leave_out_tensorflow() -> None:
    """Have Rasa start without TensorFlow; to be called before Rasa is imported.

    What: a finder of stand-ins for ``tensorflow``, ``tensorflow_addons`` and ``keras`` before all others in
    `sys.meta_path`, and the ``TF_`` variables taken out of the environment, on which Rasa calls TensorFlow.
    Why: Rasa imports it whatever `config.yml` names: half of the time that a bot takes to start, and of its memory.
    Seen on: Rasa 3.6.21, whose modules name TensorFlow in annotations and base classes when they are imported.
    Off: TensorFlow is imported.
    """
    from faq_component.rasa.stand_ins import TensorFlowFinder

    for name in [name for name in os.environ if name.startswith(_TENSORFLOW_SETTINGS)]:
        del os.environ[name]
    if not any(isinstance(finder, TensorFlowFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, TensorFlowFinder())


@_patch
def keep_jieba_cache_private(folder: str | Path) -> None:
    """Have Rasa's JiebaTokenizer keep jieba's cache in `folder`.

    What: ``jieba.dt.tmp_dir`` and ``jieba.dt.cache_file``, of the tokenizer that jieba's own functions share.
    Why: jieba unmarshals its dictionary from a file in the shared temporary folder, where another user can put one, and
    JiebaTokenizer has no setting for it.
    Seen on: Rasa 3.6.21, jieba 0.42.1.
    Off: JiebaTokenizer uses the shared temporary folder, until keyword search moves the cache for its own words.
    """
    from faq_component.retrieval.tokens import use_private_jieba_cache

    use_private_jieba_cache(folder)


@_patch
def cut_long_texts() -> None:
    """Have jieba cut a text of more than 500 characters in pieces of 200, and leave those after 2,000 whole.

    What: ``jieba.tokenize``, which Rasa's JiebaTokenizer calls.
    Why: for characters that no word of its dictionary joins, jieba's time grows with the square of the text: one
    message of 10,000 such characters keeps Rasa's event loop, and so everybody, for a second and more. Every word is
    also kept with the message, and sent to the action server at each turn.
    Seen on: Rasa 3.6.21, jieba 0.42.1.
    Off: it does so.
    """
    import jieba

    def make(original: Callable[..., Iterator[tuple[str, int, int]]]) -> Callable[..., Iterator[tuple[str, int, int]]]:
        def tokenize(text: str, *args: Any, **kwargs: Any) -> Iterator[tuple[str, int, int]]:
            if len(text) <= _CUT_FROM:
                yield from original(text, *args, **kwargs)
                return
            for start in range(0, len(text), _PIECE):
                piece = text[start : start + _PIECE]
                if start >= _WORDS_WITHIN:
                    yield piece, start, start + len(piece)
                    continue
                for word, begin, end in original(piece, *args, **kwargs):
                    yield word, start + begin, start + end

        return tokenize

    _replace(jieba, "tokenize", make)


@_patch
def skip_environments() -> None:
    """Leave Python environments out where Rasa searches folders for its files.

    What: ``rasa.shared.data.get_data_files``.
    Why: bare ``rasa test`` searches the whole working directory for conversation tests. With the environment in it, as
    in `.venv`, it plays those of Rasa's own project template, which stand in the installed Rasa, to our bot; and it
    reads every YAML and JSON file in there. `rasa test` searches after it has loaded the model, so that it is enough to
    apply this where a component of ours is imported. A folder that is named itself is searched.
    Seen on: Rasa 3.6.21.
    Off: `rasa test` reports the template's tests as failed; name the tests then: ``rasa test --stories bot``.
    """
    import rasa.shared.data

    def make(original: Callable[[Any, Callable[[str], bool]], list[str]]) -> Callable[..., list[str]]:
        @functools.wraps(original)
        def get_data_files(paths: list[str] | str | None, filter_predicate: Callable[[str], bool]) -> list[str]:
            named = [paths] if isinstance(paths, str) else paths or []
            is_skipped = _in_environment_below({Path(path) for path in named if path})
            return original(paths, lambda file: not is_skipped(Path(file)) and filter_predicate(file))

        return get_data_files

    _replace(rasa.shared.data, "get_data_files", make)


def _in_environment_below(searched: set[Path]) -> Callable[[Path], bool]:
    """Whether a path is, or is in, a Python environment that is below one of the searched folders."""

    @functools.cache
    def is_skipped(path: Path) -> bool:
        if path in searched or path == path.parent:
            return False
        return any((path / mark).exists() for mark in _ENVIRONMENT_MARKS) or is_skipped(path.parent)

    return is_skipped


@_patch
def end_shell_when_left() -> None:
    """Have `rasa shell` end when its user presses Ctrl-C or Ctrl-D, and when the conversation fails.

    What: ``record_messages`` and ``_get_user_input`` of ``rasa.core.channels.console``, and
    ``rasa.cli.utils.payload_from_button_question``.
    Why: the conversation is a task in the server. Ctrl-C at the menu of a clarifying question, Ctrl-D at the prompt and
    an answer that fails end the task with an exception, and the server goes on with nobody to talk to. At a menu Ctrl-D
    does nothing.
    Seen on: Rasa 3.6.21, questionary 1.10.0, prompt-toolkit 3.0.28.
    Off: a second Ctrl-C ends the server.
    """
    import rasa.cli.utils
    from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
    from rasa.core.channels import console

    leaving = KeyBindings()

    @leaving.add("c-d", eager=True)
    def _(event: Any) -> None:
        event.app.exit(exception=KeyboardInterrupt, style="class:aborting")

    def make_payload(original: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str | None]]:
        @functools.wraps(original)
        async def payload_from_button_question(question: Any) -> str | None:
            menu = question.application
            menu.key_bindings = merge_key_bindings([menu.key_bindings, leaving])
            chosen = await question.ask_async()  # None after Ctrl-C
            return None if chosen is None else await original(_Chosen(chosen))

        return payload_from_button_question

    def make_input(original: Callable[..., Awaitable[str | None]]) -> Callable[..., Awaitable[str | None]]:
        @functools.wraps(original)
        async def get_user_input(previous_response: Any) -> str | None:
            try:
                return await original(previous_response)
            except EOFError:  # Ctrl-D
                return None

        return get_user_input

    def make_record(original: Callable[..., Awaitable[int]]) -> Callable[..., Awaitable[int]]:
        @functools.wraps(original)
        async def record_messages(*args: Any, **kwargs: Any) -> int:
            try:
                return await original(*args, **kwargs)
            except Exception as error:
                logger.exception("The conversation has ended, since a message could not be answered.")
                raise SystemExit(1) from error

        return record_messages

    _replace(rasa.cli.utils, "payload_from_button_question", make_payload)
    _replace(console, "_get_user_input", make_input)
    _replace(console, "record_messages", make_record)


class _Chosen:
    """A question of questionary's that has been answered."""

    def __init__(self, choice: str) -> None:
        self._choice = choice

    async def ask_async(self) -> str:
        return self._choice


@_patch
def watch_remote_actions(watch: Watch) -> None:
    """Have each call of the action server awaited by `watch`, which gets the action, the conversation and the call.

    What: ``rasa.core.actions.action.RemoteAction.run``.
    Why: when the action server is closed, hangs or fails, Rasa logs the exception and goes on: the user gets no answer,
    after a closed server at once, after one that hangs in five minutes. There is no setting and no hook for either.
    Seen on: Rasa 3.6.21.
    Off: Rasa stays silent then, and `ActionServerGuard` never speaks.
    """
    from rasa.core.actions.action import RemoteAction

    def make(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(original)
        async def run(self: RemoteAction, output_channel: Any, nlg: Any, tracker: Any, domain: Any) -> Any:
            return await watch(self, tracker, original(self, output_channel, nlg, tracker, domain))

        return run

    _replace(RemoteAction, "run", make)


@_patch
def check_results_quickly() -> None:
    """Check what an action returns by a schema that is compiled once.

    What: ``rasa.core.actions.action.RemoteAction._validate_action_result``.
    Why: Rasa hands the schema to `jsonschema.validate`, which first checks the schema itself: 60% of the processor time
    of a message, for a constant. What does not fit is given to Rasa's own check, which says why.
    Seen on: Rasa 3.6.21, jsonschema 4.17.3.
    Off: the same results, later.
    """
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def make(original: Callable[..., bool]) -> Callable[..., bool]:
        @functools.wraps(original)
        def is_valid_result(self: RemoteAction, result: dict[str, Any]) -> bool:
            return bool(validator.is_valid(result)) or original(self, result)

        return is_valid_result

    _replace(RemoteAction, "_validate_action_result", make)


@_patch
def admit_messages(admit: Callable[..., Awaitable[Any]]) -> None:
    """Have each message handled through `admit`, which gets it and what handles it.

    What: ``rasa.core.agent.Agent.handle_message``, which every channel calls.
    Why: Rasa takes every message at once: of 200 clients at a time each waits 18 seconds; and while the lock store is
    away, users get no answer or an error.
    Seen on: Rasa 3.6.21.
    Off: it does so.
    """
    from rasa.core.agent import Agent

    def make(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(original)
        async def handle_message(self: Agent, message: Any) -> Any:
            return await admit(message, functools.partial(original, self))

        return handle_message

    _replace(Agent, "handle_message", make)


@_patch
def ask_ahead(ask: Callable[..., Awaitable[None]]) -> None:
    """Have `ask` awaited before a message is understood; it gets the message and its conversation.

    What: ``rasa.core.processor.MessageProcessor.parse_message``.
    Why: Rasa runs the pipeline in its event loop. While a component waits for a service, no other message is handled:
    with one that took 10 ms of Rasa's time and waited as long, 60 messages a second piled up.
    Seen on: Rasa 3.6.21.
    Off: they do.
    """
    from rasa.core.processor import MessageProcessor

    def make(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(original)
        async def parse_message(
            self: MessageProcessor, message: Any, tracker: Any = None, *rest: Any, **named: Any
        ) -> Any:
            await ask(message, tracker)
            return await original(self, message, tracker, *rest, **named)

        return parse_message

    _replace(MessageProcessor, "parse_message", make)


@_patch
def watch_conversations(watch: Callable[..., Awaitable[Any]]) -> None:
    """Have each message handled through `watch`, in its conversation's turn; it gets the processor and what handles it.

    What: ``rasa.core.processor.MessageProcessor.handle_message``, which Rasa calls under the lock of the conversation.
    Why: a message to a person is not the bot's to understand. Rasa classifies the messages of a paused conversation,
    fills the slots of a form with them, and tells nobody of them; and it does not know the handover any more after the
    conversation's session has expired.
    Seen on: Rasa 3.6.21.
    Off: messages of a conversation that was handed over reach no person.
    """
    from rasa.core.processor import MessageProcessor

    def make(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(original)
        async def handle_message(self: MessageProcessor, message: Any) -> Any:
            return await watch(self, message, functools.partial(original, self))

        return handle_message

    _replace(MessageProcessor, "handle_message", make)


@_patch
def bound_answers(response_class: type[Any]) -> None:
    """Have Rasa read the answers of other servers as a `response_class`, which bounds their length.

    What: ``rasa.utils.endpoints.EndpointConfig.session``, and ``_response_class`` of the session that it returns.
    Why: of an action server that answers without end, Rasa reads 1.3 GB in three seconds.
    Seen on: Rasa 3.6.21, aiohttp 3.9.5.
    Off: it does so.
    """
    from rasa.utils.endpoints import EndpointConfig

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def session(self: EndpointConfig) -> Any:
            made = original(self)
            made._response_class = response_class
            return made

        return session

    _replace(EndpointConfig, "session", make)


@_patch
def refuse_misframed_requests() -> None:
    """Have Sanic answer 400 to a request whose length or address it cannot read, and close the connection.

    What: ``sanic.request.Request.__init__``, which Sanic calls between the headers and the body, and
    ``sanic.http.Http.error_response``, which answers what it cannot read.
    Why: after ``Content-Length: -1`` Sanic reads the body in a loop without end, and answers nobody any more; other
    lengths that are none, and a ``Transfer-Encoding`` that it does not know, are a fault of the server (500) with a
    traceback, and of two lengths it believes the first, which a proxy before it may not. At bytes in the address that
    are no UTF-8 it ends the connection, with a traceback.
    Seen on: Sanic 21.12.2, whose own fixes begin with 22.
    Off: one request stops Rasa or the action server, which then have to be killed.
    """
    from httptools.parser.errors import HttpParserInvalidURLError
    from sanic.exceptions import InvalidUsage
    from sanic.http import Http
    from sanic.request import Request

    def make(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(self: Request, url_bytes: bytes, headers: Any, *args: Any, **kwargs: Any) -> None:
            if fault := _framing_fault(headers):
                raise InvalidUsage(fault)
            try:
                original(self, url_bytes, headers, *args, **kwargs)
            except HttpParserInvalidURLError as error:
                if headers:
                    raise InvalidUsage("the address is none") from error
                original(self, b"*", headers, *args, **kwargs)  # Sanic's stand-in, for the answer to this request

        return init

    def make_answer(original: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        @functools.wraps(original)
        async def error_response(self: Any, exception: Exception) -> None:
            if self.request is None and isinstance(exception, UnicodeEncodeError):
                self.url = ""
                exception = InvalidUsage("the address is not UTF-8")
            await original(self, exception)

        return error_response

    _replace(Request, "__init__", make)
    _replace(Http, "error_response", make_answer)


def _framing_fault(headers: Any) -> str | None:
    """Describe what is wrong with the headers' names, or those that say how long the body is; None where nothing is."""
    if not all(map(_HEADER.fullmatch, headers)):
        return "a header's name must be of letters, digits and -"
    lengths, codings = headers.getall("content-length", []), headers.getall("transfer-encoding", [])
    if len(lengths) + len(codings) > 1:
        return "Content-Length or Transfer-Encoding must stand once, and one of them alone"
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        return "Content-Length must be a number of bytes"
    if codings and codings[0] != "chunked":
        return "Transfer-Encoding must be chunked"
    return None


@_patch
def refuse_bad_action_calls() -> None:
    """Have the action server answer 4xx to what is no call of an action, and unpack 16 MB of one at most.

    What: ``sanic.handlers.ErrorHandler.lookup``, and the module `zlib` in ``rasa_sdk.endpoint``.
    Why: the server takes every error for a fault of its own: it answers 500, with a traceback in its log. Of a
    compressed body it unpacks whatever is in it: 100 MB can hold 100 GB.
    Seen on: rasa-sdk 3.6.2, Sanic 21.12.2.
    Off: it does so.
    """
    from types import SimpleNamespace

    import rasa_sdk.endpoint
    from sanic.exceptions import SanicException
    from sanic.handlers import ErrorHandler
    from sanic.response import json as json_response

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def lookup(self: Any, exception: Exception, route_name: str | None = None) -> Any:
            handler = original(self, exception, route_name)
            if handler is None or handler is not original(self, Exception(), route_name):
                return handler
            if isinstance(exception, SanicException) and exception.status_code < 500:
                return None  # Sanic's own answer

            async def answer(request: Any, error: Exception) -> Any:
                if not _is_action_call(request):
                    return json_response({"error": "the body is no call of an action"}, 400)
                return await handler(request, error)

            return answer

        return lookup

    rasa_sdk.endpoint.zlib = SimpleNamespace(decompress=_unpacked)
    _replace(ErrorHandler, "lookup", make)


def _unpacked(packed: bytes) -> bytes:
    """Unpack a compressed body.

    Raises:
        sanic.exceptions.InvalidUsage: it is not whole, or holds more than 16 MB.
    """
    from sanic.exceptions import InvalidUsage

    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, _UNPACKED + 1)
    except zlib.error as error:
        raise InvalidUsage("the body is not packed as its header says") from error
    if len(content) > _UNPACKED:
        raise InvalidUsage(f"the body unpacks to more than {_UNPACKED:,} bytes")
    if not unpacking.eof:
        raise InvalidUsage("the body is cut short")
    return content


def _is_action_call(request: Any) -> bool:
    try:
        packed = request.headers.get("content-encoding") == "deflate"
        call = json.loads(_unpacked(request.body)) if packed else request.json
    except Exception:  # no JSON
        return False
    return isinstance(call, dict) and isinstance(call.get("tracker"), dict) and isinstance(call.get("next_action"), str)


@_patch
def keep_arrival_order() -> None:
    """Have requests of several connections reach their handlers in the order in which they arrive.

    What: ``data_received`` of `sanic.server.protocols.http_protocol.HttpProtocol`.
    Why: each connection has a task. One that gets its request before it has begun does not wait for it, and so
    overtakes the requests of connections that wait. While the server is busy, a user's quick messages change places:
    of 25 times 40 messages sent at once, 14 times one came too early.
    Seen on: Sanic 21.12.2.
    Off: they do.
    """
    from sanic.server.protocols.http_protocol import HttpProtocol

    def make(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def data_received(self: Any, data: bytes) -> None:
            if getattr(self, "_http", None) is None:  # its task has not begun
                self.loop.call_soon(original, self, data)
            else:
                original(self, data)

        return data_received

    _replace(HttpProtocol, "data_received", make)


@_patch
def clean_logs() -> None:
    """Have every record in the log hold clean texts, Rasa's, structlog's and Sanic's records too.

    What: the record factory of `logging`, the processors of `structlog`, a filter of the logger ``sanic.access``, whose
    records have the request beside the message, and a filter of `warnings`.
    Why: Rasa logs texts of users as they came, with ``--debug`` each message, a malformed ``/intent{`` always. Terminal
    sequences in them steer the terminal that shows the log, and line breaks forge records.
    Seen on: Rasa 3.6.21, structlog 23.3.0, Sanic 21.12.2.
    Off: it does so.
    """
    clean_records()
    warnings.filterwarnings("ignore", "Failed to parse arguments in line", UserWarning)
    access = logging.getLogger("sanic.access")
    if _clean_request not in access.filters:
        access.addFilter(_clean_request)
    structlog = sys.modules.get("structlog")  # of Rasa; the action server has none
    if structlog is None:
        return
    processors = structlog.get_config()["processors"]
    if _clean_rendered not in processors:
        processors.insert(-1, _clean_event)  # before what renders
        processors.append(_clean_rendered)


def _clean_request(record: logging.LogRecord) -> bool:
    record.request = clean_text(str(getattr(record, "request", "")))
    return True


def _clean_event(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Clean the texts of an event; other values are rendered by their `repr`."""
    return {name: clean_text(value) if isinstance(value, str) else value for name, value in event.items()}


def _clean_rendered(_logger: Any, _method: str, rendered: Any) -> Any:
    return clean_rendered(rendered) if isinstance(rendered, str) else rendered


@_patch
def replace_handlers(blueprint: Blueprint, handler_of: Callable[[Any], Handler | None]) -> None:
    """Give the routes of a connector's blueprint other handlers: those of `handler_of`; None takes the route out.

    What: ``_future_routes`` of this `sanic.Blueprint`. Calls add up.
    Why: a connector of Rasa's makes its blueprint and the handlers in it in one method: there is no other place for a
    check before them, and for what is mended in one of them.
    Seen on: Rasa 3.6.21, Sanic 21.12.2.
    Off: channels that check requests refuse to start, since they could not; name Rasa's own in `credentials.yml`.
    """
    handlers: Iterable[tuple[Any, Handler | None]] = [(route, handler_of(route)) for route in blueprint._future_routes]
    blueprint._future_routes = {route._replace(handler=handler) for route, handler in handlers if handler is not None}


@_patch
def limit_body(request: Request, max_bytes: int) -> None:
    """Have Sanic refuse to read more than `max_bytes` of the body of this request, whose handler reads it itself.

    What: ``request_max_size`` of the request's stream, a `sanic.http.Http`.
    Why: Sanic has one limit for all routes (100 MB), and lifts it where a handler reads the body.
    Seen on: Sanic 21.12.2.
    Off: Sanic reads a body of up to 100 MB into memory before it is refused.
    """
    stream: Any = request.stream
    stream.request_max_size = max_bytes


@_patch
def wrap_socket_requests(server: AsyncServer, wrap: Callable[[Handler], Handler]) -> None:
    """Put a handler of one's own around the engine of a Socket.IO server that is not attached to an app yet.

    What: ``eio.handle_request`` of this `socketio.AsyncServer`.
    Why: the engine reads packets before any handler of an event: it answers 200 to a body that is none, and waits for
    the client where a body is too long.
    Seen on: python-socketio 5.18.1, python-engineio 4.15.1, Rasa 3.6.21.
    Off: bad bodies are the engine's, and nothing of them is logged.
    """
    _replace(server.eio, "handle_request", wrap)


@_patch
def check_origins(server: AsyncServer, may_connect: Callable[[str | None, Mapping[str, str]], bool]) -> None:
    """Let only pages connect to a Socket.IO server of whose origin `may_connect` says so.

    What: ``eio.cors_allowed_origins`` of this `socketio.AsyncServer`.
    Why: Rasa's SocketIO channel makes a server that lets pages of every origin connect, and has no setting for it.
    Seen on: python-engineio 4.15.1, Rasa 3.6.21.
    Off: pages of every origin may connect.
    """
    server.eio.cors_allowed_origins = may_connect


@_patch
def replace_event_handler(
    server: AsyncServer, event: str, namespace: str | None, make: Callable[[Handler], Handler]
) -> None:
    """Put what `make` makes of the handler of an event in its place.

    What: ``handlers`` of this `socketio.AsyncServer`. Calls add up.
    Why: Rasa does not await `enter_room` upon ``session_request``, so that with the python-socketio of today no answer
    arrives; and its handler of messages fails on what is no object with a text.
    Seen on: python-socketio 5.18.1, Rasa 3.6.21.
    Off: no answer arrives in the web chat.
    """
    handlers = server.handlers[namespace or "/"]
    handlers[event] = make(handlers[event])
