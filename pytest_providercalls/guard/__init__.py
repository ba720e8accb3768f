"""The network guard: blocks connections to the real VoIPbin."""
