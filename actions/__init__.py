"""The action server's actions; `rasa run actions` finds them here."""

import os

# The server of rasa-sdk has no authentication and would listen on every address; it looks after loading this package.
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
