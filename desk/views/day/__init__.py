"""The day board, and what is done on the day."""
