"""A visit reserved, booked, moved, cancelled: what stops it, how it is placed, what is written down."""
