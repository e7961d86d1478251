"""Files that the user gives to a conversation: read, kept as text, shown to the local model or sent."""
