"""In and out: files that are brought into the knowledge base, and the knowledge base as a file."""
