"""Where models run: on the GPU that this process may use, or on the processor."""

import torch


def best_device() -> torch.device:
    """The first visible GPU, or the CPU.

    Ray shows a replica the GPUs that it asked for with `num_gpus`. One that asked for none sees
    them all, and shares the first with others that Ray does not know of.
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
