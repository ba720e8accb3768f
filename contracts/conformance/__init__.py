"""The client conformance suite: what a client of provider calls must do, each rule with its source and its check."""
