"""Where and with whom: rooms, places, people, hours, visits; and the acts that cross apps."""
