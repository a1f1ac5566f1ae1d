"""Retrieval by search engines and libraries outside this package."""
