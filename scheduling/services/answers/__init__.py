"""Whether a patient will come: taken down, asked for, told again."""
