"""The WebSockets of a fake: their topics, their events and their faults, without any I/O."""
