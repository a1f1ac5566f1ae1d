"""The order enquiry: a form that asks for an order number, and the answer from a small database."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from faq_component.dialogue.voice import Voice
from faq_component.rasa.actions import knowledge

ORDERS = Path("bot/orders.sqlite")
_WRITTEN = re.compile(r"(?<![A-Z\d])[A-Z][\s_-]*[A-Z](?:[\s_-]*\d){8}(?!\d)")
_STATUS = text("SELECT item, status, detail FROM orders WHERE number = :number")


class ValidateOrderForm(FormValidationAction):
    """Checks the format of the order number."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "validate_order_form"

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """The order number in its plain form, or None and a word about the format."""
        number = order_number_in(str(value))
        if number is None:
            dispatcher.utter_message(response="utter_wrong_order_number")
        return {"order_number": number}


class ActionOrderStatus(Action):
    """Tells the status of the order, and forgets its number."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_order_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Look the order up."""
        given = tracker.get_slot("order_number")
        # Right after a rating or a question back Rasa does not have the form validate what was given.
        dispatcher.utter_message(text=order_status(order_number_in(given) or given, knowledge.voice(tracker)))
        return [SlotSet("order_number", None)]


def order_number_in(message: str) -> str | None:
    """The one order number (two letters, eight digits) in a message, in capitals without spaces; else None."""
    written = _WRITTEN.findall(unicodedata.normalize("NFKC", message).upper())
    found = {re.sub(r"[\s_-]", "", number) for number in written}
    return found.pop() if len(found) == 1 else None


def order_status(number: str, voice: Voice, database: Path = ORDERS) -> str:
    """One sentence on an order, for the user."""
    with _engine(database).connect() as connection:
        row = connection.execute(_STATUS, {"number": number}).first()
    if row is None:
        return voice.say("order_not_found", number=number)
    return voice.say("order_status", number=number, item=row.item, status=row.status, detail=row.detail)


@lru_cache(maxsize=4)
def _engine(database: Path) -> Engine:
    """Read-only: the database is opened so that SQLite itself refuses to write."""
    return create_engine(f"sqlite:///file:{database}?mode=ro&uri=true")
