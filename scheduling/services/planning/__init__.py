"""Many visits placed at once: a series, weeks ahead, a closure's re-plan, and the search for a better plan."""
