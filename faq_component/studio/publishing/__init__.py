"""The pages on which a draft is looked at and published."""
