"""What and when: protocols as data, the plan of doses that follows from them, and the record of what was given."""
