"""The documentation site: what MkDocs calls while it builds, and the pages that are made from the code."""
