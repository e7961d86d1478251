"""One answer: `task` is what it needs, `run` chooses who writes it, `from_cloud` and `from_here` write it,
`progress` is what there is of it so far."""
