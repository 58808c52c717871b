"""Written by hand: what every lesson needs and no lesson teaches."""
