"""Proves that the Wikipedia NLP API holds while parts of it are killed, flooded and replaced.

    python -m tests.soak [PART ...]

Starts what `make run` starts, with `serve_config.yaml` and the real models, and breaks it:
processes are killed (`chaos`), ten times the load arrives (`overload`), clients leave
(`disconnect`), new versions are deployed (`updates`), thousands of random requests are sent
(`fuzzing`). Ends with a table of what was promised and what was measured, and with status 1 where a
promise was broken. Load and faults stay on 127.0.0.1.

Short versions, with stand-ins for the models, are in `tests/test_faults.py`.
"""

import os

# Ray reads what it shall keep to itself when it is imported.
os.environ["RAY_DEDUP_LOGS_SKIP_REGEX"] = "A worker died or was killed"
