"""How bold the bot is: the target precision of answers, tried on the questions of the last week."""
