"""Interpretation of a turn (an intent or the FAQ, a choice among topics), and the bot's own phrases."""
