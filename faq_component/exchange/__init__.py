"""Knowledge bases from and to the files of other programs: Excel, CSV, TSV, JSON, Rasa's YAML and Markdown."""

from faq_component.exchange.drafts import Draft, Drafts
from faq_component.exchange.formats import read_exchange, write_exchange
from faq_component.exchange.merge import Change, merge

__all__ = ["Change", "Draft", "Drafts", "merge", "read_exchange", "write_exchange"]
