"""When the unit is open: closures, and changes of its hours."""
