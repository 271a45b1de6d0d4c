"""Closures, their re-plans, and weeks planned ahead."""
