"""Records of the resources around provider calls: a module is imported when its resource is first used."""
