"""The assistant that every front end calls, and the construction of its objects from settings."""
