"""Cuts a command off from the guarded hosts, and writes down what it attempted; for `providercalls guard`."""
