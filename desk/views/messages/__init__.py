"""Messages and letters."""
