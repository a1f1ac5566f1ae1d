"""Helpers that know nothing of FAQs: files, artefacts on disk, setting fields, TSV, addresses, HTTP, SQLite."""
