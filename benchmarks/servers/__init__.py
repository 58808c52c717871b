"""The programs that are measured: one module for a system and a chapter."""
