"""Benchmarks on the road: ratios against baselines of the same run, since machines differ and drift."""
