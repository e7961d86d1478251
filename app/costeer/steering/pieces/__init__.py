"""Steering across tokenizers: candidates are byte strings, scored by the local model's mass for them.

`strings` is the local vocabulary in byte order, `prefix` turns written bytes into local tokens, `row` says what
the local branches think of the cloud's alternatives, `scorer` fetches what that needs, `vocabulary` spells the
ids of such an answer, and `shared` estimates which local tokens the cloud has too (docs/decisions/0010).
"""
