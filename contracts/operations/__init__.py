"""The operations of the API (`table`), and groups of rules that several of them share (`shared_rules`)."""
