"""The worklist, and one thing of it opened."""
