"""How the endpoints differ: one small module for each way of asking for tokens and their alternatives."""
