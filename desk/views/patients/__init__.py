"""Patients: found, looked at, imported; their needs and papers."""
