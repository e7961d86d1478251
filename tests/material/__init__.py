"""Material for tests and benchmarks that is too large to be kept."""
