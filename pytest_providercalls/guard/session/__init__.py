"""The guard of a pytest session, from its start until the process ends."""
