"""Phone numbers: what counts as one, its country, and the servers' tables."""
