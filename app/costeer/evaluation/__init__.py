"""Measuring: benchmarks whose every figure comes from one run on this computer."""
