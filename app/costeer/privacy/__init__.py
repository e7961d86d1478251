"""The one door to the network, and the book of what went through it."""
