"""From episodes to training rows, with a count at every step."""
