"""Stateful testing: random sequences of operations, faults and events, checked against a simple model."""
