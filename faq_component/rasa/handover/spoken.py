"""What a person says, and what the bot says of the handover, in the events of the conversation."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, ConversationResumed
from rasa.shared.core.trackers import DialogueStateTracker

from faq_component.dialogue.voice import Voices
from faq_component.handover.jobs import Job
from faq_component.handover.store import HandoverStore
from faq_component.handover.types import ENDED, JOINED, WORDS, Handover

_KEY = "handover_job"


class Speaker:
    """Writes into the events of a conversation; its lock must be held.

    Args:
        store: of the handovers.
        voices: sentences of the bot.
    """

    def __init__(self, store: HandoverStore, voices: Voices) -> None:
        self._store = store
        self._voices = voices

    async def write(self, processor: MessageProcessor, handover: Handover, job: Job) -> tuple[list[str], bool]:
        """Write a job into the conversation, once; return the texts for the user, and whether they are new there."""
        tracker = await processor.get_tracker(handover.conversation)
        known = [event for event in tracker.events if isinstance(event, BotUttered) and _is_of(event, job)]
        if known:
            texts = [event.text for event in known if event.text]
        else:
            texts = await self._write(processor, tracker, handover, job)
            await processor.save_tracker(tracker)
        if job.kind == ENDED:
            self._store.close(handover.id)
        return texts, not known

    async def _write(
        self, processor: MessageProcessor, tracker: DialogueStateTracker, handover: Handover, job: Job
    ) -> list[str]:
        text = self._text(handover, job)
        spoken = [text] if text else []
        events: list[Any] = [_said(text, job) for text in spoken]
        if job.kind != ENDED:
            tracker.update_with_events(events, processor.domain)
            return spoken
        # Rules begin after listening: without it the next message would be nobody's.
        tracker.update_with_events([*events, ConversationResumed()], processor.domain)
        asked = await _go_on(processor, tracker)
        tracker.update_with_events([_said(text, job) for text in asked], processor.domain)
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME), processor.domain)
        return [*spoken, *asked]

    def _text(self, handover: Handover, job: Job) -> str:
        voice = self._voices.of(handover.language or None)
        if job.kind == WORDS and job.message is not None:
            words = self._store.message(job.message)
            return words.text if words else ""
        if job.kind == JOINED:
            return voice.say("handover_joined", person=handover.person)
        return voice.say(f"handover_ended_{handover.ending}")


async def _go_on(processor: MessageProcessor, tracker: DialogueStateTracker) -> list[str]:
    """Let the form that was interrupted ask again; return what it says."""
    form = tracker.active_loop_name
    if not form or form not in processor.domain.form_names:
        return []
    output, domain = CollectingOutputChannel(), processor.domain
    action, prediction = processor._get_action(form), PolicyPrediction.for_action_name(domain, form)
    before = list(tracker.events)
    await processor._run_action(action, tracker, output, processor.nlg, prediction)
    new = list(tracker.events)[len(before) :]
    spoken = [event for event in new if isinstance(event, BotUttered)]
    # They are said with the job's number. Not by `remove`, which takes an earlier one that says the same.
    tracker.events.clear()
    tracker.events.extend([*before, *(event for event in new if not isinstance(event, BotUttered))])
    return [event.text for event in spoken if event.text]


def _said(text: str, job: Job) -> BotUttered:
    return BotUttered(text, metadata={_KEY: _name(job)})


def _is_of(event: BotUttered, job: Job) -> bool:
    return bool(event.metadata) and event.metadata.get(_KEY) == _name(job)


def _name(job: Job) -> str:
    """Identify a job by the random id of its handover and its number: a recreated file counts from 1 again."""
    return f"{job.handover} {job.number}"


async def send(output: OutputChannel, conversation: str, texts: list[str]) -> None:
    """Send texts to the user; a channel of ours raises where one cannot be sent."""
    for text in texts:
        # Not by `send_response`, which several channels let fail in silence.
        await output.send_text_message(conversation, text)
