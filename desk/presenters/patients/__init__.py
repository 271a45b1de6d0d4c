"""Patients: found, and one on a page."""
