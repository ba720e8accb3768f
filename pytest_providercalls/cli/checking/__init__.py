"""The parts of `providercalls check`: credentials, the dry run on a fake, and the output."""
