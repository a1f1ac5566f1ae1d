"""Helpers without knowledge of FAQs: files, fitted artefacts on disk, setting fields, TSV, addresses, HTTP, SQLite."""
