"""The action server's actions; `rasa run actions` finds them here."""
