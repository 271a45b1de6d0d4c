"""The page behind a personal link, and calendar feeds."""
