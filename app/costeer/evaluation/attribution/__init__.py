"""Who was it? Users with different profiles ask the same questions, and an attacker who plays the cloud says which
profile steered each answer, from what the ledger shows that the cloud has seen.

`people` are the users, `transcript` is what the cloud saw, `law` the exact law of what it sees under a profile,
`attackers` and `models` the guessers, `task` the whole, `findings` what came out.
"""
