"""The wire models in Hypothesis: `from_type` and `builds` infer strategies for them.

Hypothesis imports this package with itself, so it imports nothing.
"""
