"""What the pages of single lessons need: exercises, plots, digits, word lists, a catalogue."""
