"""Other ways to serve the same FAQ with the same model, as the write-up and its libraries do it."""
