"""Trains and scores the LoRA adapters of the embedded models.

`python -m maintenance.adapters.sentiment` (or `.entities`) trains, saves and scores; with `--score`
it only scores the adapter that is there. The adapters, with their cards and recorded scores, are in
`course_lib/support/models/adapters`.
"""
