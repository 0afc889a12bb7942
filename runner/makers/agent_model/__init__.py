"""Makes agents better by what they did: rolls out, scores, curates, and trains on the best."""
