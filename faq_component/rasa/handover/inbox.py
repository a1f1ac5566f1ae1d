"""The inbox at ``/inbox/``: a page, and a JSON API, with which people answer the conversations handed over."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, Sanic
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, json, redirect

from faq_component.errors import HandoverStoreError
from faq_component.handover.types import Ending
from faq_component.language import _
from faq_component.rasa.channels.front import Front
from faq_component.rasa.channels.webhook import (
    MESSAGE_LENGTH,
    RefusalError,
    reads_body,
    receive_body,
    require_secret,
    require_text,
)
from faq_component.rasa.handover.desk import Desk, watch
from faq_component.rasa.handover.page import pages
from faq_component.rasa.web_chat.page import named

logger = logging.getLogger(__name__)

VARIABLE = "FAQ_INBOX_TOKEN"
_SHORTEST_TOKEN = 16  # characters
_MAX_BYTES = 1 << 17  # of a request
_NAME, _KEY = 60, 64  # characters

Answer = Callable[[Desk, Request, str], Awaitable[dict[str, Any]]]


class Inbox(InputChannel):
    """The page and the API. Each request of the API needs ``Authorization: Bearer`` and the token.

    The token is the section's `token`, or the environment's ``FAQ_INBOX_TOKEN``. Without one the API refuses all.
    """

    def __init__(self, token: str = "", front: Front | None = None) -> None:
        self._token = token
        self.front = front or Front()

    @classmethod
    def name(cls) -> str:
        """Return ``inbox``."""
        return "inbox"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Inbox:
        """Create the channel; its settings are `token`, `hosts` and `proxies`."""
        given = dict(credentials or {})
        front = Front.taken_from(given)
        unknown = sorted(set(given) - {"token"})
        token = str(given.get("token") or os.environ.get(VARIABLE) or "")
        if unknown or (token and len(token) < _SHORTEST_TOKEN):
            fault = (
                _("the only settings are 'token', 'hosts' and 'proxies'")
                if unknown
                else _("the token needs {count} characters or more")
            )
            raise InvalidConfigException(
                _("credentials.yml, channel inbox: {fault}; see docs/guides/handover.md.").format(
                    fault=fault.format(count=_SHORTEST_TOKEN)
                )
            )
        return cls(token, front)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes."""
        blueprint = _InboxBlueprint("faq_inbox", strict_slashes=True)
        blueprint.add_route(named(self._fault, _to_page), "", methods=["GET"])
        for number, (address, serve) in enumerate(pages()):
            blueprint.add_route(named(self._fault, serve), address, methods=["GET"], name=f"file_{number}")
        routes: tuple[tuple[str, str, Answer], ...] = (
            ("GET", "", _list),
            ("GET", "/<number>", _show),
            ("POST", "/<number>/messages", _say),
            ("POST", "/<number>/take", _take),
            ("POST", "/<number>/end", _end),
        )
        for method, address, answer in routes:
            handler, name = self._guarded(answer), answer.__name__.strip("_")
            blueprint.add_route(handler, f"/api/handovers{address}", methods=[method], name=f"api_{name}")
        return blueprint

    def _fault(self, request: Request) -> str | None:
        """Describe the fault of a request's host; `inbox_url` is a name of this server, too."""
        fault = self.front.fault(request)
        if fault is None or watch.desk is None:
            return fault
        named = urlsplit(watch.desk.settings.inbox_url).hostname
        return replace(self.front, hosts=self.front.hosts | {named}).fault(request) if named else fault

    def _guarded(self, answer: Answer) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
        async def guarded(request: Request, number: str = "") -> HTTPResponse:
            try:
                if request.method == "POST":
                    await receive_body(request, _MAX_BYTES)
                if fault := self._fault(request):
                    raise RefusalError(403, fault)
                if not self._token:
                    raise RefusalError(403, f"the inbox has no token; set {VARIABLE} in Rasa's environment")
                require_secret(request.headers.get("Authorization"), f"Bearer {self._token}", "the bearer token")
                if watch.desk is None:
                    raise RefusalError(409, "handing over is off; set `handover` of FaqRecall in config.yml")
                body = await answer(watch.desk, request, number)
            except RefusalError as refusal:
                logger.error("A request to the inbox was refused with %d: %s.", refusal.status, refusal.reason)
                return json({"error": refusal.reason}, refusal.status)
            except HandoverStoreError as error:
                logger.error("%s", error)
                return json({"error": str(error)}, 503)
            return json(body, headers={"Cache-Control": "no-store"}, ensure_ascii=False)

        return reads_body(guarded)


class _InboxBlueprint(Blueprint):
    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Register the routes under ``/inbox``, whatever prefix Rasa passes."""
        super().register(app, {**options, "url_prefix": "/inbox"})  # type: ignore[no-untyped-call]


_SAID = 80  # characters of what a user said last, in the list


async def _to_page(_request: Request) -> HTTPResponse:
    return redirect("/inbox/")


async def _list(desk: Desk, _request: Request, _number: str) -> dict[str, Any]:
    found = await asyncio.to_thread(desk.store.unended)
    said = await asyncio.to_thread(desk.store.last_words)
    listed = [{**handover.to_json(), "said": said.get(handover.id, "")[:_SAID]} for handover in found]
    return {"handovers": listed, "refused": await asyncio.to_thread(desk.store.refused)}


async def _show(desk: Desk, request: Request, number: str) -> dict[str, Any]:
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise RefusalError(400, "after must be the number of a message")
    handover = await asyncio.to_thread(desk.store.of_id, number)
    if handover is None:
        raise RefusalError(404, "there is no handover of this id")
    messages = await asyncio.to_thread(desk.store.messages, number, int(after))
    return {"handover": handover.to_json(), "messages": [words.to_json() for words in messages]}


async def _say(desk: Desk, request: Request, number: str) -> dict[str, Any]:
    given = _object(request)
    text, key = given.get("text"), given.get("key", "")
    require_text(text, "text", MESSAGE_LENGTH)
    require_text(key, "key", _KEY)
    if not str(text).strip():
        raise RefusalError(400, "text is empty")
    taken = await asyncio.to_thread(desk.store.add_person_words, number, str(text).strip(), _person(given), key)
    return await _done(desk, number, was_open=taken)


async def _take(desk: Desk, request: Request, number: str) -> dict[str, Any]:
    taken = await asyncio.to_thread(desk.store.take, number, _person(_object(request)))
    return await _done(desk, number, was_open=taken)


async def _end(desk: Desk, _request: Request, number: str) -> dict[str, Any]:
    ended = await asyncio.to_thread(desk.store.end, number, Ending.PERSON)
    return await _done(desk, number, was_open=ended)


async def _done(desk: Desk, number: str, *, was_open: bool) -> dict[str, Any]:
    handover = await asyncio.to_thread(desk.store.of_id, number)
    if handover is None:
        raise RefusalError(404, "there is no handover of this id")
    if not was_open:
        raise RefusalError(409, "the handover has ended")
    desk.wake()
    return {"handover": handover.to_json()}


def _object(request: Request) -> dict[str, Any]:
    try:
        given = request.json
    except InvalidUsage as error:
        raise RefusalError(400, "the body is not JSON") from error
    if not isinstance(given, dict):
        raise RefusalError(400, "the body must be a JSON object")
    return given


def _person(given: dict[str, Any]) -> str:
    person = given.get("person", "")
    require_text(person, "person", _NAME)
    return " ".join(str(person).split())
