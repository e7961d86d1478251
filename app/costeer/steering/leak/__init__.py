"""How much the cloud learns of what is private from what it is told: at most so many bits. docs/leak-meter.md
derives it.

`reference` is what the public expects of each decision, `meter` sums up how far decisions surprise it, `budget`
lets steering fade as that sum grows.
"""
