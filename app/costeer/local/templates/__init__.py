"""Runs a jinja chat template that nobody vouches for: `program` is the entrance, `values` says what holds it."""
