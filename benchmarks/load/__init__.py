"""Load on the service and the bot: questions, generators, and what is loaded."""
