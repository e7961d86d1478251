"""What the window knows: state and past-tense signals, no widgets. All of it lives on the window's thread.

A view model never calls a service itself: it hands the call to `Jobs` and takes the result from a signal.
"""
