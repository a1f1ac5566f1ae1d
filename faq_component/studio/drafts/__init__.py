"""Edits that are not published yet: kept, published, and planned to be."""
