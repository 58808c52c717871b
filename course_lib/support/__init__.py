"""Written by hand: what every lesson needs and no lesson teaches.

    what runs
        start       `make run`: prepares, deploys, asks one question
        cluster     a quiet Ray cluster on this machine
        settings    the environment variables
        problems    errors as problem details (RFC 9457)
        openai_api  the shapes of OpenAI's chat completions
        server_timing  when each stage of a request began and ended
        page/       the page at the API's address
        sentences   the sentences of a text; `judged`, with their scores
        wheels      data files out of pinned packages
        models/     sentiment, entities, embeddings, summaries: two engines, one interface; a chat
        wiki/       the embedded Wikipedia, and a careful way to read any other

    what lessons need
        load/       sends load and measures latencies; a client that asks again
        lessons/    exercises, plots, digits, word lists, a catalogue, hands inside replicas

Nothing here imports a lesson. Training, export and checks of notebooks are in `maintenance`, which
is no part of the installed package.
"""

import copyreg

from fastapi import datastructures

# A replica gets a pickled application. FastAPI knows what is not set by its identity, which a copy
# would not have: each parameter would get the example `{}`, which /docs sends.
_NOT_SET = datastructures._Unset
copyreg.pickle(
    type(_NOT_SET),
    lambda it: (getattr, (datastructures, "_Unset")) if it is _NOT_SET else (type(it), (it.value,)),
)
