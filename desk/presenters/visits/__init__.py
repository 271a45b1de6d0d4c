"""One visit, on its page and in panels."""
