"""The operations of the API: those that are modelled (`table`), and all others (`api_operations`)."""
