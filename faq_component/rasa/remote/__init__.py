"""Clients of ``faq serve`` for Rasa."""
