"""What an adapter is to tell, and the text of it for those that tell people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faq_component.errors import FaqError
from faq_component.handover.jobs import Job
from faq_component.handover.types import Author, Handover, Reason
from faq_component.language import N_, _

_REASONS = {
    Reason.ASKED: N_("The user asked for a person."),
    Reason.MISUNDERSTOOD: N_("The bot did not understand several messages."),
    Reason.TOPIC: N_("The answer needs a person."),
    Reason.RATING: N_("The user found an answer useless."),
}
_SPEAKERS = {Author.USER: N_("User"), Author.BOT: N_("Bot"), Author.PERSON: N_("Person")}


class AdapterError(FaqError):
    """A notice could not be sent; the text holds no secret."""


@dataclass(frozen=True)
class Notice:
    """What an adapter reports about a handover.

    Args:
        job: whose number names the notice at every try.
        handover: which one.
        messages: what was said, oldest first, as JSON.
        inbox: address of the inbox; empty for none.
    """

    job: Job
    handover: Handover
    messages: tuple[dict[str, Any], ...]
    inbox: str

    @property
    def id(self) -> str:
        """The name of the notice, the same at every try."""
        return f"{self.handover.id}-{self.job.number}"

    @property
    def link(self) -> str:
        """Where a person answers; empty for nowhere."""
        return f"{self.inbox}#handover={self.handover.id}" if self.inbox else ""

    def title(self) -> str:
        """Return the subject for people."""
        return _("A user in the channel {channel} waits for a person").format(channel=self.handover.channel)

    def text(self, most_bytes: int) -> str:
        """Return the text for people: the reason, the link, and the end of what was said, in `most_bytes` of UTF-8."""
        head = [self.title(), _(_REASONS[Reason(self.handover.reason)])]
        if self.link:
            head.append(self.link)
        lines: list[str] = []
        left = most_bytes - len("\n".join(head).encode()) - 1
        for message in reversed(self.messages):
            speaker = _SPEAKERS[Author(message["author"])]
            said = message["text"].replace("\n", "\n    ")  # so that no line looks like another's
            line = f"{_(speaker)}: {said}"
            left -= len(line.encode()) + 1
            if left < 0:
                break
            lines.insert(0, line)
        return "\n".join([*head, *lines])
