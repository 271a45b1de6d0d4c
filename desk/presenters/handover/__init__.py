"""What the next one needs: my lists, since I left, tomorrow."""
