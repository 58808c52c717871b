"""The LoRA adapters of the embedded models, and all that makes them.

`sentiment` and `entities` each hold an adapter (its configuration and half-precision weights), its
card, its scores, and the script that makes it. `python -m course_lib.support.adapters.NAME.train`
trains, saves and scores; with `--score` it only scores the adapter that is there.
"""
