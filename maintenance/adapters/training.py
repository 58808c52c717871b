"""What both trainings share: seeds, the LoRA configuration, and the loop.

A training is repeatable on one machine: fixed seeds, a fixed number of threads, data in a fixed
order. Another processor adds up in another order, which moves a score by a few tenths of a point.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from tqdm import tqdm
from transformers import PreTrainedModel, get_linear_schedule_with_warmup

from course_lib.support.models.encoder import encoder_folder
from course_lib.support.models.transformers_engine import quiet

# With two, any other work on a machine of two cores makes them wait for each other: twenty times
# slower was seen. And one thread adds up in the same order on any number of cores.
THREADS = 1
# Batches of similar length are cut out of this many at a time, so that batches still differ.
BATCHES_SORTED_TOGETHER = 32
WARMUP_SHARE = 0.06
WEIGHT_DECAY = 0.01
MAX_GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class Recipe:
    """The numbers that a training is made with; they go into the card and scores.json."""

    seed: int
    epochs: int
    batch_size: int
    learning_rate: float
    max_tokens: int
    lora_rank: int
    lora_alpha: int
    lora_dropout: float


def prepare(seed: int) -> None:
    """Make what follows repeatable."""
    torch.set_num_threads(THREADS)
    torch.set_flush_denormal(True)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def adapted(
    model_class: type[PreTrainedModel], labels: Sequence[str], task: TaskType, recipe: Recipe
) -> PeftModel:
    """The encoder with a new head, and LoRA on all its attention and dense layers."""
    config = LoraConfig(
        task_type=task,
        r=recipe.lora_rank,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=["query", "key", "value", "dense"],
        modules_to_save=["classifier"],
    )
    with quiet():
        model = model_class.from_pretrained(encoder_folder(), id2label=dict(enumerate(labels)))
        return get_peft_model(model, config)


def fit(
    model: PeftModel,
    examples: Sequence[Sequence[int]],
    loss_of: Callable[[torch.Tensor, Sequence[int]], torch.Tensor],
    recipe: Recipe,
) -> None:
    """Train the adapter with AdamW and a learning rate that rises shortly, then falls to zero.

    Args:
        model: what `adapted` made.
        examples: the token ids of each example.
        loss_of: from the logits of a batch and the indices of its examples to the loss.
        recipe: the numbers.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trainable, recipe.learning_rate, weight_decay=WEIGHT_DECAY)
    generator = random.Random(recipe.seed)
    lengths = [len(ids) for ids in examples]
    batches = [
        batch
        for _ in range(recipe.epochs)
        for batch in _shuffled_batches(lengths, recipe.batch_size, generator)
    ]
    warmup_steps = int(WARMUP_SHARE * len(batches))
    schedule = get_linear_schedule_with_warmup(optimizer, warmup_steps, len(batches))
    model.train()
    progress = tqdm(batches, unit="batch")
    for batch in progress:
        input_ids = pad([examples[index] for index in batch], 0)
        mask = pad([[1] * lengths[index] for index in batch], 0)
        loss = loss_of(model(input_ids=input_ids, attention_mask=mask).logits, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trainable, MAX_GRADIENT_NORM)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        progress.set_postfix(loss=f"{loss.item():.3f}", refresh=False)


def pad(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    """The rows as one tensor, filled up with `value` to the length of the longest."""
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])


def _shuffled_batches(
    lengths: Sequence[int], batch_size: int, generator: random.Random
) -> list[list[int]]:
    """All indices in batches of similar length, in a random order."""
    indices = list(range(len(lengths)))
    generator.shuffle(indices)
    batches = []
    stride = batch_size * BATCHES_SORTED_TOGETHER
    for start in range(0, len(indices), stride):
        block = sorted(indices[start : start + stride], key=lambda index: lengths[index])
        batches += [block[i : i + batch_size] for i in range(0, len(block), batch_size)]
    generator.shuffle(batches)
    return batches
