"""Written by hand: what every lesson needs and no lesson teaches.

    what runs
        start       `make run`: prepares, deploys, asks one question
        cluster     a quiet Ray cluster on this machine
        settings    the environment variables
        problems    errors as problem details (RFC 9457)
        openai_api  the shapes of OpenAI's chat completions
        sentences   the sentences of a text
        wheels      data files out of pinned packages
        models/     sentiment, entities, embeddings, summaries: two engines, one interface; a chat
        wiki/       the embedded Wikipedia, and a careful way to read any other

    what lessons need
        load/       sends load and measures latencies; a client that asks again
        lessons/    exercises, plots, digits, word lists, a catalogue, hands inside replicas

Nothing here imports a lesson. Training, export and checks of notebooks are in `maintenance`, which
is no part of the installed package.
"""
