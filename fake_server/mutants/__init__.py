"""Mutants: how a fake violates a rule, one function per rule."""
