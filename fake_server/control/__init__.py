"""The control API under `/_fake/`: what a test in any language, or a person, does to a fake from outside."""
