"""Clients of the endpoints that answer: what they are sent is public, how they answer is made uniform here."""
