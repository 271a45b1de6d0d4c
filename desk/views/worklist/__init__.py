"""The worklist, and what is done about one thing of it."""
