"""The order enquiry: a form for the order number, and the status from a small database."""

from __future__ import annotations

import re
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
from faq_component.text import normal_form

ORDERS = Path("bot/orders.sqlite")
_WRITTEN = re.compile(r"(?<![A-Z\d])[A-Z][\s_-]*[A-Z](?:[\s_-]*\d){8}(?!\d)")
_STATUS = text("SELECT item, status, detail FROM orders WHERE number = :number")


class ValidateOrderForm(FormValidationAction):
    """Validates the order number."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "validate_order_form"

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the normalised order number; if it is invalid, utter a hint and return None."""
        number = order_number_in(str(value))
        if number is None:
            dispatcher.utter_message(response="utter_wrong_order_number")
        return {"order_number": number}


class ActionOrderStatus(Action):
    """Answers with the status of the order, and clears its number."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_order_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Look the order up."""
        given = str(
            tracker.get_slot("order_number")
        )  # in a message such as /inform_order_number{...} it may be anything
        # Right after a rating or a clarifying question, Rasa does not run the form's validation.
        dispatcher.utter_message(text=order_status(order_number_in(given) or given, knowledge.voice(tracker)))
        return [SlotSet("order_number", None)]


def order_number_in(message: str) -> str | None:
    """Return the order number (two capitals, eight digits) in a message; None if there is none or more than one."""
    written = _WRITTEN.findall(normal_form(message).upper())
    found = {re.sub(r"[\s_-]", "", number) for number in written}
    return found.pop() if len(found) == 1 else None


def order_status(number: str, voice: Voice, database: Path = ORDERS) -> str:
    """Return a sentence for the user on the status of an order."""
    with _engine(database).connect() as connection:
        row = connection.execute(_STATUS, {"number": number}).first()
    if row is None:
        return voice.say("utter_order_not_found", number=number)
    return voice.say("utter_order_status", number=number, item=row.item, status=row.status, detail=row.detail)


@lru_cache(maxsize=4)
def _engine(database: Path) -> Engine:
    """Open the database read-only, enforced by SQLite."""
    return create_engine(f"sqlite:///file:{database}?mode=ro&uri=true")
