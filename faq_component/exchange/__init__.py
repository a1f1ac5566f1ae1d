"""Knowledge bases from and to the files of other programs: Excel, CSV, TSV, JSON, Rasa's YAML and Markdown."""

from faq_component.exchange.drafts import Choices, Draft, Drafts
from faq_component.exchange.formats import read_exchange, write_exchange
from faq_component.exchange.merge import Change, Mode, Plan, merge
from faq_component.exchange.remarks import Did

__all__ = ["Change", "Choices", "Did", "Draft", "Drafts", "Mode", "Plan", "merge", "read_exchange", "write_exchange"]
