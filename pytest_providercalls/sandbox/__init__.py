"""Runs a command without access to the guarded hosts, and records what it attempts; for `providercalls guard`."""
