"""What every other room stands on: errors, paths, settings, logging, cancelling and progress.

Nothing here knows about models, the network or the window.
"""
