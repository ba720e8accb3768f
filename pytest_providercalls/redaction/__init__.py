"""Redaction of credentials in what pytest shows and writes."""
