"""Handing a conversation over to a person: when, where it waits, and who is notified."""
