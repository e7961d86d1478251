"""The engine: pure numpy, no I/O, no clock, no logging.

`b` is the cloud's log-probabilities, `lw` and `lo` the local model's with and without the private context,
all in nats. `policy` joins them, `tail` completes what a top-k endpoint hides, `decoders` walk along the
answer, and `types` names what they are told and what they need.
"""
