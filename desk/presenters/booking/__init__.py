"""Doses to book and the slots they could have."""
