"""What happens on the day, and a day that goes otherwise than planned."""
