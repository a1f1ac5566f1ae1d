"""The knowledge base: topics and responses, reading, checking, versions, and following edits."""
