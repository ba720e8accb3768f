"""The mutants of the resources around provider calls."""
