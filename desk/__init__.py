"""The pages the staff works in."""
