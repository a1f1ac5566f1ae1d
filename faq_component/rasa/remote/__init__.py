"""Asking ``faq serve`` from Rasa."""
