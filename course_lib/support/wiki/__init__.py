"""A Wikipedia on this machine, and a careful way to read any other.

`client` makes the `wikipedia` package fit for a service. `server` speaks MediaWiki's Action API
(the `api_...` modules) over a `database` that `importer` and `writer` fill from a `dump`, and that
`search` searches. `wikitext` and its parts turn a page's source into the text that a reader sees.
"""
