"""Doses to book: one, or a series."""
