"""What somebody does on their own page: show a birthday, answer, ask to be rung."""
