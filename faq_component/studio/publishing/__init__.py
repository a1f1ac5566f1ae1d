"""Edits that are not published yet, and how they are."""
