"""The calendar, drawn and as lists, and what stands beside it."""
