"""The pages of topics: the list, the form of one, and what is done with several."""
