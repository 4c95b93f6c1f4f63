"""Figures that the console must reach, as ratios to OpenSSH on the same hosts in the same run: `make bench`."""
