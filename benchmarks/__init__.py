"""What `make bench` runs: every figure a ratio to something run beside it, in turns."""
