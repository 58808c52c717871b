"""The course in other languages: English is the source, gettext's catalogues hold the rest.

- `sources`: which files are translated, and the blocks of text that they consist of.
- `catalogues`: a source's translations, `locale/<language>/<its path>.po`.
- `checking`: what is missing or stale, and what a translation changed that it must not change.
- `building`: the project in another language.

`python -m maintenance.translation update` brings the catalogues up to the sources, `check` reports,
`build LANGUAGE FOLDER` writes. Only `checking` needs more than Babel.
"""
