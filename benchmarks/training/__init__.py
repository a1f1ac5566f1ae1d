"""Trains, measures and tabulates the encoders that are compared: see README.md beside this file."""
