"""The action server's actions; `rasa run actions` finds them here."""

import os

# rasa-sdk's server has no authentication and listens on every address by default; it reads this after loading us.
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
