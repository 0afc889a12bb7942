"""The one door to child processes: what they see, how long they live, that none survives."""
