"""A chat model that writes for several conversations at once, one token for each in a step.

    model = load_chat()
    batch = Batch(model)
    first = batch.join(model.prompt([{"role": "user", "content": "Hello."}]))
    [second] = batch.step()

A conversation may join and leave between any two steps. What the model has computed of its text so
far, the key-value cache, stays in the batch until it leaves. Each token is the likeliest one.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from tokenizers.decoders import DecodeStream
from transformers.cache_utils import DynamicCache

from course_lib.support.models.encoder import ModelError

if TYPE_CHECKING:  # models take seconds to import, and an ingress has none
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


class ChatModel:
    """A causal language model and its tokenizer, both ordinary transformers objects."""

    def __init__(self, model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast") -> None:
        if not tokenizer.chat_template:
            raise ModelError("This is no chat model: it does not say how to write a conversation.")
        self.model = model.eval()
        self.tokenizer = tokenizer
        ends = model.generation_config.eos_token_id
        self.ends = {tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}

    @property
    def cache_bytes_per_token(self) -> int:
        """The size of the key-value cache, for each token of a conversation."""
        config = self.model.config
        heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
        head_size = config.hidden_size // config.num_attention_heads
        number_size = torch.finfo(self.model.dtype).bits // 8
        return 2 * config.num_hidden_layers * heads * head_size * number_size

    def prompt(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """The tokens of a conversation, `{role, content}` each, up to where the answer begins."""
        text = self.tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, tokenize=False
        )
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def words(self) -> "Words":
        """What makes text of an answer's tokens."""
        return Words(self.tokenizer)


class Words:
    """Makes text of tokens that come one by one; half a character waits for its other half."""

    def __init__(self, tokenizer: "PreTrainedTokenizerFast") -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)

    def add(self, token: int) -> str:
        """The text that this token completes; empty if it completes none."""
        return self._stream.step(self._tokenizer, token) or ""


class Batch:
    """The conversations that are being written. For one thread at a time."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model.model
        self._cache = DynamicCache()
        self._lengths: list[int] = []  # of each conversation, in tokens that are in the cache
        self._last: list[int] = []  # its newest token, which is not in the cache yet

    def __len__(self) -> int:
        return len(self._lengths)

    def join(self, prompt: Sequence[int]) -> int:
        """Read a prompt, and take the conversation in as the last one. The answer's first token."""
        cache = DynamicCache()
        token = self._next(torch.tensor([prompt]), cache)[0]
        self._lengths.append(len(prompt))
        self._last.append(token)
        width = max(self._lengths)
        for index, layer in enumerate(cache.layers):
            if len(self) > 1:
                both = (self._cache.layers[index], layer)
                layer.keys = torch.cat([_widened(one.keys, width) for one in both])
                layer.values = torch.cat([_widened(one.values, width) for one in both])
        self._cache = cache
        return token

    def step(self) -> list[int]:
        """One more token for each conversation, in the order in which they joined."""
        lengths = torch.tensor(self._lengths)
        width = max(self._lengths)
        # Each conversation ends at the right; what is left of a shorter one is not looked at.
        looked_at = torch.arange(width + 1) >= (width - lengths)[:, None]
        self._last = self._next(
            torch.tensor(self._last)[:, None],
            self._cache,
            attention_mask=looked_at.long(),
            position_ids=lengths[:, None],
        )
        self._lengths = [length + 1 for length in self._lengths]
        return list(self._last)

    def leave(self, conversation: int) -> None:
        """Forget a conversation, by its place in the order. Those behind it move up."""
        del self._lengths[conversation], self._last[conversation]
        stay = [index for index in range(len(self) + 1) if index != conversation]
        if not stay:
            self._cache = DynamicCache()
            return
        width = max(self._lengths)
        for layer in self._cache.layers:
            layer.keys = layer.keys[stay, :, -width:]
            layer.values = layer.values[stay, :, -width:]

    @torch.inference_mode()
    def _next(self, tokens: torch.Tensor, cache: DynamicCache, **inputs: torch.Tensor) -> list[int]:
        """Read tokens, shape (conversations, tokens each), and the likeliest ones that follow."""
        given = self._model(
            tokens.to(self._model.device),
            cache=cache,
            logits_to_keep=1,
            **{name: value.to(self._model.device) for name, value in inputs.items()},
        )
        return given.logits[:, -1].argmax(-1).tolist()


def _widened(cached: torch.Tensor, width: int) -> torch.Tensor:
    """Keys or values, shape (conversations, heads, tokens, size), with room on the left."""
    return torch.nn.functional.pad(cached, (0, 0, width - cached.shape[2], 0))
