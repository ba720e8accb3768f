"""Mutants of the rules of the resources around provider calls."""
