"""Linear layers in 8-bit integers: nearly the same scores, in less than half the time.

The setting `MODEL_PRECISION=int8` has the embedded encoder computed so; the time was measured on a
processor with VNNI instructions. Each output of a layer has a scale of its own for its weights, and
each token one for its values, found as it comes. So what a sentence gives does not depend on its
neighbours in the batch, as it does with PyTorch's older dynamic quantization, whose one scale is
for all of a batch. After Dettmers et al., "LLM.int8()", NeurIPS 2022 (there: vector-wise).
"""

import torch
from torch import nn
from transformers import PreTrainedModel

# A processor without VNNI instructions adds products in pairs, in 16 bits
# (https://oneapi-src.github.io/oneDNN/dev_guide_int8_computations.html).
# With weights of 7 bits no such sum overflows.
WEIGHT_LEVELS = 63
VALUE_LEVELS = 127


class Int8Linear(nn.Module):
    """Computes what a linear layer does, on whole numbers. For inference only."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scale = _scale(weight, WEIGHT_LEVELS)
        self.register_buffer("weight", (weight / scale).round().to(torch.int8).t())
        self.register_buffer("scale", scale.flatten())
        self.register_buffer("bias", linear.bias.detach())

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """The layer's outputs, of shape (..., outputs), for values of shape (..., inputs)."""
        tokens = values.flatten(0, -2)
        scale = _scale(tokens, VALUE_LEVELS)
        sums = torch._int_mm((tokens / scale).round_().to(torch.int8), self.weight)
        outputs = torch.addcmul(self.bias, sums * scale, self.scale)
        return outputs.view(*values.shape[:-1], -1)


def _scale(rows: torch.Tensor, levels: int) -> torch.Tensor:
    """For each row the step between two whole numbers, so that its largest value is `levels`."""
    return rows.abs().amax(-1, keepdim=True).clamp_min(1e-9) / levels


def to_int8(model: PreTrainedModel) -> None:
    """Replace the linear layers of a BERT's encoder. The head, if it has one, stays as it is."""
    for module in list(model.base_model.encoder.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Linear):
                setattr(module, name, Int8Linear(child))
