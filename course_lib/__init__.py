"""The code of the course: one module a lesson, extracted from the notebook of the same name.

    online_inference   what waits and what computes in one process, and the price of 1,000 answers
    wikipedia_nlp_api  the whole service of the last lesson

`support` is written by hand: what the lessons need and do not teach.
"""
