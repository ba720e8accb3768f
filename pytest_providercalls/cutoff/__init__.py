"""Cuts a command off from the guarded hosts, and writes down what it attempted: what `providercalls guard` is made of."""
