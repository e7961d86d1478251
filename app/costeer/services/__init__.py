"""The use cases that the window and the command line share. Sync; long calls run in the caller's thread."""
