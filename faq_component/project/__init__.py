"""A Rasa project as files: the FAQ added to it, taken back, made anew, and examined. Rasa is not loaded."""
