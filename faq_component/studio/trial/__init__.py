"""The page on which a bot is tried, as its users would: a conversation, with the reasons of each decision."""
