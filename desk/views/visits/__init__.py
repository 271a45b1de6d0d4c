"""One visit: shown, changed, swapped, answered for; and visits without a plan."""
