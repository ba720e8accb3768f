"""Dial routes: which providers a call that is not forced goes through, and failover from one to the next."""
