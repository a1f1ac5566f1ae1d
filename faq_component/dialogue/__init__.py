"""What a turn of the conversation means: an intent or the FAQ, a choice among topics; and the bot's own phrases."""
