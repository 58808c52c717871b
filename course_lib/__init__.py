"""The code of the course: one module a lesson, extracted from the notebook of the same name.

`wikipedia_nlp_api` is the whole service of lesson 09. `support` is written by hand: what the
lessons need and do not teach.
"""
