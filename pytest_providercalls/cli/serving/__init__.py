"""The parts of `providercalls serve`."""
