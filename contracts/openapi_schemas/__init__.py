"""The schemas of OpenAPI documents, as generators of clients need them."""
