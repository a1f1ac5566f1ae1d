"""Training data: sentence pairs, their cleaning and sampling, held-out splits."""
