"""Benchmarks: each asserts that its results are right before it prints a figure."""
