"""Retrieval by external search engines and libraries."""
