"""The assistant: the object that every front end asks, and how settings become objects."""
