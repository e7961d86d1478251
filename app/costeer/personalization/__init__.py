"""What the local model is shown of the user: profile, memories, retrieved messages, joined in one place."""
