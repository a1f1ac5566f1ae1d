"""The action server's actions; `rasa run actions` finds them here."""

import os

# rasa-sdk's server has no authentication and would listen on every address; this package is loaded just before it looks.
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
