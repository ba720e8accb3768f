"""A pytest plugin with an in-process fake of the VoIPbin API: test client code without placing calls."""
