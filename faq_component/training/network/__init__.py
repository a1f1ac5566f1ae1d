"""The networks that are trained, and their losses."""
