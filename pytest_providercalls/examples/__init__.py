"""Hypothesis tests: the state with which each example starts, its speed, and what its failure shows."""
