"""How to walk along an answer: one round trip a token, or letting the cloud run ahead.

Both decide every position through the same `Chooser`; they differ only in how many requests they make.
"""
