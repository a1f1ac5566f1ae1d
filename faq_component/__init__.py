"""Frequently asked questions and chit-chat for a Rasa assistant, found by meaning."""
