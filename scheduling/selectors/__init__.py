"""What pages, API and workers read of rooms, slots and visits. Each takes the actor and sees only their units."""
