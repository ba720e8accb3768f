"""Formats of single values: UUIDs as Go parses them, and timestamps."""
