"""Telling people of a handover: what a job is about, sent by its adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from faq_component.handover.adapters import email, feishu, webhook, wecom
from faq_component.handover.adapters.notice import AdapterError, Notice
from faq_component.handover.addressees import Addressee
from faq_component.handover.jobs import Job
from faq_component.handover.settings import HandoverSettings
from faq_component.handover.store import TELLS_ALL, HandoverStore
from faq_component.handover.types import MESSAGE, OPENED
from faq_component.language import _
from faq_component.usage.masking import mask

__all__ = ["AdapterError", "Sender"]

Send = Callable[[Notice], None]
_ADAPTERS: Mapping[str, Callable[[Addressee], Send]] = {
    "webhook": webhook.sender,
    "wecom": wecom.sender,
    "feishu": feishu.sender,
    "email": email.sender,
}


class Sender:
    """Sends jobs by the adapters of the settings; safe for threads.

    Args:
        settings: with the values of the variables.
        store: what the jobs are about.
    """

    def __init__(self, settings: HandoverSettings, store: HandoverStore) -> None:
        self._settings = settings
        self._store = store
        self._send = {addressee.name: _ADAPTERS[addressee.name](addressee) for addressee in settings.addressees}

    def send(self, job: Job) -> None:
        """Send a job; one whose handover was deleted, or whose end is not reported, is done.

        Raises:
            AdapterError: it could not be sent.
            HandoverStoreError: the store cannot be read.
        """
        send, handover = self._send.get(job.queue), self._store.of_id(job.handover)
        if handover is None:
            return
        if send is None:
            raise AdapterError(_("the file of the setting 'handover' does not have this adapter any more"))
        if job.queue not in TELLS_ALL and not handover.is_open:
            return  # nobody waits any more
        send(Notice(job, handover, tuple(self._messages(job)), self._settings.inbox_url))

    def _messages(self, job: Job) -> list[dict[str, Any]]:
        if job.kind == OPENED:
            found = [words for words in self._store.messages(job.handover) if words.before]
        elif job.kind == MESSAGE and job.message is not None:
            found = [words for words in [self._store.message(job.message)] if words is not None]
        else:
            found = []
        hide: Callable[[str], str] = mask if self._settings.mask else partial(str)
        return [{**words.to_json(), "text": hide(words.text)} for words in found]
