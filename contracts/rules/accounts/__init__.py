"""Rules of what a customer owns: billing accounts, metadata, agents, extensions and numbers."""
