"""Documents to measure with: like real directives, but of any size, age and shape."""
