"""The waiting list: wishes to come earlier, slots that came free, offers and their ends."""
