"""Benchmarks: `python -m scripts.bench [smtp] [options]`, or `make bench ARGS="..."`."""
