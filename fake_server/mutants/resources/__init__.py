"""Mutants of the rules of resources around provider calls."""
