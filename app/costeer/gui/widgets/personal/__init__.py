"""The personal model: what it learns from, and its training."""
