"""The calendar and what stands beside it."""
