"""Written by hand, for those who maintain the course: not a part of what is installed."""
