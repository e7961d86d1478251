"""The command line: parses, calls a service, prints. Every command works with no display."""
