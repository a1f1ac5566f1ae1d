"""Channels of the bot: Rasa's own connectors, guarded and mended, as `docs/channels/` describes them."""
