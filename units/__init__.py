"""Where people work: day-care units, staff, roles, and the table of who may do what."""
