"""The client conformance suite: the rules for clients of provider calls, each with its source and its check."""
