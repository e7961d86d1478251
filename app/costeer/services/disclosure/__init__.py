"""What may be disclosed: finding private texts in what is about to be sent, asking, replacing, filling back in.

`service` knows what is private and what the user wants; `placeholders` stand for texts on their way out and are
filled in on their way back; `asking` is how an answer in progress waits for the user.
"""
