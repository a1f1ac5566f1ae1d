"""Workbooks and delimited files as people and spreadsheet programs write them; what is in them is not known here."""
