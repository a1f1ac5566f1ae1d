"""Figures: the log in charts with tables beneath, a span against the one before."""
