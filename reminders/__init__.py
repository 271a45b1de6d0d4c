"""Telling people: appointment events in, messages out."""
