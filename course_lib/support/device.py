"""Where models run: on the GPU that this process may use, or on the processor."""

import torch


def best_device() -> torch.device:
    """The first visible GPU, or the CPU. Ray shows a replica only the GPUs that it asked for."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
