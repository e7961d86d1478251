"""Personalised writing: texts that somebody wrote, and how likely each way of steering makes them."""
