"""The desk of a Rasa process: takes messages of the user to a person, and a person's words to the user."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from sanic import Sanic
from sanic.exceptions import SanicException

from faq_component.dialogue.arbitration import FEEDBACK_INTENT, RESUME_COMMAND
from faq_component.dialogue.voice import Voices
from faq_component.dialogue.words_file import LiveWords
from faq_component.errors import DamagedHandoversError, HandoverStoreError
from faq_component.handover.jobs import Job, Jobs
from faq_component.handover.sending import AdapterError, Sender
from faq_component.handover.settings import HandoverSettings, read_handover
from faq_component.handover.store import HandoverStore, handover_file
from faq_component.handover.types import SOURCE_KEY, Ending, Handover
from faq_component.rasa import patches
from faq_component.rasa.channels.front import client_address
from faq_component.rasa.channels.webhook import MESSAGE_LENGTH
from faq_component.rasa.handover.outputs import is_elsewhere, outputs_of, shows_history
from faq_component.rasa.handover.rating import rating_event
from faq_component.rasa.handover.spoken import Speaker, send
from faq_component.rasa.web_chat.output import WebOutput
from faq_component.settings import Settings
from faq_component.support.said_once import SaidOnce
from faq_component.text import comparison_key
from faq_component.usage.recorder import open_recorder

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5  # between two looks for what another process has written
_UPKEEP_SECONDS = 5.0  # between two looks for time-outs
_NOTE_EVERY = 12  # looks for time-outs: a minute
_PRUNE_EVERY = 720  # looks for time-outs: an hour
_MOST_AT_ONCE = 8
_TELLERS = 4  # threads
_ELSEWHERE_SECONDS = 5.0  # that the process to which a user is connected has to claim words for them
_OTHERS_SECONDS = 1.5  # that it has to claim older ones, whose turn has come
_GIVE_UP_SECONDS = 24 * 3600.0
_RESTART = "/restart"
_AROUND_WISH = 12  # characters beside the words that wish for the bot
_TURNS = re.compile(r"[不没别怎吗]|not|dont|how|cani|why")  # in a comparison key, which has no spaces and signs
_NOTHING_UNDERSTOOD = {"intent": {"name": None, "confidence": 0.0}, "entities": []}

Handle = Callable[[UserMessage], Awaitable[Any]]


class Desk:
    """What one process of Rasa does for the conversations that were handed over.

    Args:
        settings: of the FAQ.
        handover: how it hands over, with the values of the variables.
    """

    def __init__(self, settings: Settings, handover: HandoverSettings) -> None:
        self.settings = handover
        file = handover_file(settings.cache_dir)
        self.store = HandoverStore(file, [addressee.name for addressee in handover.addressees])
        self._jobs = Jobs(file)
        self._voices = Voices(settings.voice)
        self._words = LiveWords(settings.words, simplify=settings.simplify)
        self._usage = open_recorder(settings.log, self._words.hide)
        self._speaker = Speaker(self.store, self._voices)
        self._sender = Sender(handover, self.store)
        # Of their own: servers that hang may hold no thread that the conversations need.
        self._tellers = ThreadPoolExecutor(_TELLERS, "handover")
        self._outputs: Mapping[str, OutputChannel] = {}
        self._seen: dict[int, float] = {}  # when a job was seen first whose user is not here
        self._wake: asyncio.Event | None = None
        self._to_user: set[asyncio.Task[None]] = set()
        self._to_adapters: set[asyncio.Task[None]] = set()
        self._said = SaidOnce(logger)
        self._looks = 0

    async def receive(self, processor: MessageProcessor, message: UserMessage, handle: Handle) -> Any:
        """Handle a message, in its conversation's turn: give it to a person who has the conversation, or to the bot."""
        try:
            found = await self._handover_of(message)
            self._said.well("receive")
            if found is None:
                await self._note_source(message)
                return await handle(message)
            if (message.input_channel or "") != found.channel:
                return await self._refuse(found, message)
            is_wish = _is_of(RESUME_COMMAND, message.text) or self._is_wish(message.text)
            if found.is_open and not is_wish and not _is_of(_RESTART, message.text):
                if await self._give(processor, found, message):
                    return await _log(processor, message)
            elif found.is_open:
                await asyncio.to_thread(self.store.end, found.id, Ending.USER)
            if is_wish:
                await _log(processor, message)
            await self._hand_back(processor, found.id, message.output_channel)
        except HandoverStoreError as error:
            self._said.error("receive", str(error))
            return await handle(message)
        return getattr(message.output_channel, "messages", None) if is_wish else await handle(message)

    async def _handover_of(self, message: UserMessage) -> Handover | None:
        try:
            return await asyncio.to_thread(self.store.of_conversation, message.sender_id)
        except DamagedHandoversError:  # which are set aside now
            return await asyncio.to_thread(self.store.of_conversation, message.sender_id)

    async def _note_source(self, message: UserMessage) -> None:
        """Let the action that hands over know whose message this is, and nobody say so but this server."""
        address = client_address.get()
        metadata = {key: value for key, value in (message.metadata or {}).items() if key != SOURCE_KEY}
        if address:
            metadata[SOURCE_KEY] = await asyncio.to_thread(self.store.source_of, address)
        if address or message.metadata:
            message.metadata = metadata

    def wake(self) -> None:
        """Look for jobs at once."""
        if self._wake is not None:
            self._wake.set()

    async def run(self) -> None:
        """Send what is to be sent, until this task is cancelled; what is under way then is done all the same."""
        app = await _server()
        self._outputs = outputs_of(app.ctx.input_channels)
        self._wake = asyncio.Event()
        if not self._outputs:
            return  # as in `rasa shell`: another process does what there is to do
        await asyncio.gather(
            self._repeat("user", _LOOK_SECONDS, lambda: self._drain(of_user=True)),
            self._repeat("adapters", _LOOK_SECONDS, lambda: self._drain(of_user=False)),
            self._repeat("upkeep", _UPKEEP_SECONDS, self._keep_up),
        )

    async def _refuse(self, found: Handover, message: UserMessage) -> Any:
        """Answer a message over another channel, whose sender may be somebody else; nobody is notified."""
        logger.warning(
            "A message over the channel %s was not passed on: its conversation was handed over in %s.",
            message.input_channel,
            found.channel,
        )
        text = self._voices.of(found.language or None).say("handover_unavailable")
        if message.output_channel is not None:
            await message.output_channel.send_response(message.sender_id, {"text": text})
        return getattr(message.output_channel, "messages", None)

    async def _give(self, processor: MessageProcessor, found: Handover, message: UserMessage) -> bool:
        """Give a message to the person; return whether they still have the conversation."""
        metadata = message.metadata or {}
        # Of our page only the id is one of the message; other clients may send any.
        own = metadata.get("id") if isinstance(message.output_channel, WebOutput) else None
        text, key = message.text or "", str(own or message.message_id or "")
        if _is_of(f"/{FEEDBACK_INTENT}", text):
            tracker = await processor.tracker_store.retrieve(message.sender_id)
            if (event := rating_event(message, tracker)) is not None:
                self._usage.record(event)
            return True  # of an answer from before: nothing for the person
        shown = metadata.get("shown") if text.startswith("/") else None
        said = self._words.hide(str(shown or text)[:MESSAGE_LENGTH])
        given = await asyncio.to_thread(self.store.add_user_words, found.id, said, key)
        self.wake()
        return given

    def _is_wish(self, text: str | None) -> bool:
        key = comparison_key(text or "")
        wishes = {
            comparison_key(wish)
            for language in (None, "zh", "en")
            for wish in self._voices.of(language).sentences["handover_back"]
        }
        return any(wish and _wishes(key, wish) for wish in wishes)

    async def _hand_back(self, processor: MessageProcessor, number: str, output: OutputChannel | None) -> None:
        """Do at once what is still to be said, and hand back; the conversation's lock is held."""
        failure: str | None = None
        for job in await asyncio.to_thread(self._jobs.waiting, number):
            handover = await asyncio.to_thread(self.store.of_id, number)
            if handover is None:
                return
            texts, is_new = await self._speaker.write(processor, handover, job)
            if not is_new:
                continue  # another worker is sending it, or will try again
            try:
                if output is not None and failure is None:
                    for text in texts:
                        await output.send_response(handover.conversation, {"text": text})
            except Exception as error:  # each platform's library raises its own
                failure = type(error).__name__
            # After a failure, all that follows is sent later, in its order; the user's message is answered now.
            await (self._done(job) if failure is None else self._again(job, failure))
        await asyncio.to_thread(self.store.close, number)

    async def _deliver(self, job: Job) -> None:
        """Say to the user what a job is about."""
        handover = await asyncio.to_thread(self.store.of_id, job.handover)
        if handover is None:
            return
        output = self._outputs.get(handover.channel)
        if output is None:
            await asyncio.to_thread(self._jobs.release, job, _LOOK_SECONDS)
            return
        agent = (await _server()).ctx.agent
        async with agent.lock_store.lock(handover.conversation):
            if not await asyncio.to_thread(self._jobs.holds, job):
                return
            handover = await asyncio.to_thread(self.store.of_id, job.handover) or handover
            texts, is_new = await self._speaker.write(agent.processor, handover, job)
        if is_new or job.attempts or not shows_history(output):
            await send(output, handover.conversation, texts)
        await self._done(job)

    async def _done(self, job: Job) -> None:
        if job.message is not None:
            await asyncio.to_thread(self.store.mark, job.message, "sent")
        await asyncio.to_thread(self._jobs.finish, job)

    async def _tell(self, job: Job) -> None:
        """Tell an adapter."""
        await asyncio.get_running_loop().run_in_executor(self._tellers, self._sender.send, job)
        await asyncio.to_thread(self._jobs.finish, job)

    async def _do(self, job: Job) -> None:
        try:
            await (self._deliver(job) if job.queue == "user" else self._tell(job))
            self._said.well("do")
        except HandoverStoreError as error:
            self._said.error("do", str(error))
        except Exception as error:  # each platform's library raises its own
            # The type only, for others than ours: texts of network errors may hold tokens.
            reason = str(error) if isinstance(error, AdapterError) else type(error).__name__
            await self._again(job, reason)

    async def _again(self, job: Job, reason: str) -> None:
        try:
            if time.time() - job.at > _GIVE_UP_SECONDS:
                logger.error("Of a handover, '%s' could not be sent to %s for a day: %s.", job.kind, job.queue, reason)
                await asyncio.to_thread(self._jobs.fail, job)
                if job.message is not None and job.queue == "user":
                    await asyncio.to_thread(self.store.mark, job.message, "failed")
                return
            pause = await asyncio.to_thread(self._jobs.retry, job)
            logger.warning(
                "Of a handover, '%s' could not be sent to %s: %s; again in %d s.", job.kind, job.queue, reason, pause
            )
            if job.message is not None and job.queue == "user" and job.attempts >= 1:
                await asyncio.to_thread(self.store.mark, job.message, "late")
        except HandoverStoreError as error:
            self._said.error("do", str(error))

    async def _drain(self, *, of_user: bool) -> None:
        tasks = self._to_user if of_user else self._to_adapters
        wants = self._wants if of_user else None
        while (job := await asyncio.to_thread(self._jobs.claim, of_user=of_user, wants=wants)) is not None:
            task = asyncio.ensure_future(self._do(job))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _: self.wake())  # the next one of the same conversation
            if len(tasks) >= _MOST_AT_ONCE:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    def _wants(self, job: Job, channel: str, conversation: str) -> bool:
        """Whether this process brings words to a user: in its channels, where none is connected to another process."""
        output = self._outputs.get(channel)
        if output is None or not is_elsewhere(output, conversation):
            return output is not None
        seen = self._seen.setdefault(job.number, time.monotonic())
        is_young = time.time() - job.at < _ELSEWHERE_SECONDS
        return not is_young and time.monotonic() - seen >= _OTHERS_SECONDS

    async def _keep_up(self) -> None:
        if self._looks % _NOTE_EVERY == 0:
            await asyncio.to_thread(self.store.set_channels, list(self._outputs))
            recent = time.monotonic() - _NOTE_EVERY * _UPKEEP_SECONDS
            self._seen = {number: seen for number, seen in list(self._seen.items()) if seen > recent}
        if await asyncio.to_thread(self.store.end_overdue, self.settings.time_out):
            self.wake()
        if self._looks % _PRUNE_EVERY == 0:
            await asyncio.to_thread(self.store.prune, self.settings.keep_days)
        self._looks += 1

    async def _repeat(self, task: str, seconds: float, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        assert self._wake is not None  # noqa: S101 (`run` has made it)
        while True:
            try:
                await what()
                self._said.well(task)
            except HandoverStoreError as error:
                self._said.error(task, str(error))
            except Exception as error:  # whatever it is, the next look may go well
                fault = f"The conversations that were handed over could not be looked after ({type(error).__name__})."
                self._said.error(task, fault, trace=error)
            if seconds >= _UPKEEP_SECONDS:
                await asyncio.sleep(seconds)
                continue
            try:
                await asyncio.wait_for(self._wake.wait(), seconds)
                await asyncio.sleep(0)  # so that the other loop sees it too
                self._wake.clear()
            except asyncio.TimeoutError:
                pass


class _Watch:
    """Gives each message to the desk of this process, if there is one."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, processor: MessageProcessor, message: UserMessage, handle: Handle) -> Any:
        """Handle a message."""
        if self.desk is None:
            return await handle(message)
        return await self.desk.receive(processor, message, handle)

    def close(self) -> None:
        """Close the desk of this process, if it has one, as with a model that hands nothing over."""
        if self.desk is not None:
            with contextlib.suppress(HandoverStoreError):
                self.desk.store.set_channels([])
        self._stop()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self.desk = None

    def open(self, settings: Settings, file: str) -> None:
        """Open the desk of this process, or another one after the model was replaced."""
        self._stop()
        self.desk = Desk(settings, read_handover(file, os.environ))
        if not patches.is_on("watch_conversations"):
            self.desk.store.set_channels([])  # a user's words would reach nobody, so that nothing is handed over
            self.desk = None
            return
        try:
            self._task = asyncio.get_running_loop().create_task(self.desk.run())
        except RuntimeError:  # no server runs, as in `rasa test`
            self.desk = None


async def _log(processor: MessageProcessor, message: UserMessage) -> Any:
    """Keep a message in the conversation without understanding or answering it."""
    message.parse_data = {"text": message.text, **_NOTHING_UNDERSTOOD}
    await processor.log_message(message)
    return getattr(message.output_channel, "messages", None)


async def _server() -> Sanic:
    """Return Rasa's server, once it has its agent."""
    while True:
        try:
            app = Sanic.get_app()
        except SanicException:
            app = None
        agent = getattr(app.ctx, "agent", None) if app is not None else None
        if app is not None and agent is not None and agent.is_ready() and hasattr(app.ctx, "input_channels"):
            return app
        await asyncio.sleep(_LOOK_SECONDS)


def _wishes(key: str, wish: str) -> bool:
    """Whether a short message is a wish, with a few words around it that do not turn it."""
    before, found, after = key.partition(wish)
    around = before + after
    return bool(found) and len(around) <= _AROUND_WISH and not _TURNS.search(around)


def _is_of(command: str, text: str | None) -> bool:
    return (text or "").strip().partition("{")[0].strip() == command


watch = _Watch()
patches.watch_conversations(watch)
