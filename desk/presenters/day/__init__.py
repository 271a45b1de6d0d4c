"""The day: its board, and what stands in for it when it breaks."""
