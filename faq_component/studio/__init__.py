"""The page on which the people who own the FAQ work: ``faq studio``.

It is thin: what is found, decided, stored and checked is asked of the assistant, the store and the rules of lint.
"""
