"""``faq encoder import`` and ``faq encoder export``."""
