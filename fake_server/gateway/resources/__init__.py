"""The resources around provider calls: a module is imported at the first request to its resource."""
