"""Adapters: each tells people of a handover in its own way."""
