"""The rules of dial routes, of dialling by them, and of outbound configurations."""
