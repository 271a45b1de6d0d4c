"""The small pages on which a plan or a dose is decided about."""
