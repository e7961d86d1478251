"""Training adapters for the local model: what is trained on, the training, and whether the result is better."""
