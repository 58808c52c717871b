"""The adapters in the repository: whole, small, and of sound judgement; and the training's rules.

The data sets are not in the repository, so the recorded scores are measured by `make models` or
`--score`; here a dozen plain sentences stand in for them.
"""

import json
from pathlib import Path

import pytest
from safetensors import safe_open

from course_lib.support.models import load_entities, load_sentiment
from course_lib.support.models.embedded import ADAPTERS
from course_lib.support.models.engine import EntityModel, SentimentModel
from course_lib.support.models.entities import find_entities
from maintenance.adapters import command
from maintenance.adapters import entities as entities_train
from maintenance.adapters import sentiment as sentiment_train
from maintenance.adapters.data import Snippet

MAX_BYTES_TOGETHER = 6_000_000
TRAININGS = {"sentiment": sentiment_train, "entities": entities_train}


@pytest.fixture(scope="module")
def sentiment() -> SentimentModel:
    return load_sentiment()


@pytest.fixture(scope="module")
def entities() -> EntityModel:
    return load_entities()


def test_the_adapters_are_small() -> None:
    sizes = [file.stat().st_size for file in ADAPTERS.glob("*/adapter_model.safetensors")]
    assert len(sizes) == len(TRAININGS)
    assert sum(sizes) < MAX_BYTES_TOGETHER


@pytest.mark.parametrize("name", TRAININGS)
def test_the_weights_are_finite_and_in_half_precision(name: str) -> None:
    with safe_open(ADAPTERS / name / "adapter_model.safetensors", "pt") as file:
        tensors = [file.get_tensor(key) for key in file.keys()]  # noqa: SIM118
    assert {str(tensor.dtype) for tensor in tensors} == {"torch.float16"}
    assert all(tensor.isfinite().all() for tensor in tensors)


@pytest.mark.parametrize("name", TRAININGS)
def test_the_recorded_scores_reach_the_bars(name: str) -> None:
    record = json.loads((ADAPTERS / name / "scores.json").read_text(encoding="utf-8"))
    assert all(record["scores"][score] >= bar for score, bar in TRAININGS[name].BARS.items())


@pytest.mark.parametrize("name", TRAININGS)
def test_the_recorded_scores_belong_to_the_recipe(name: str) -> None:
    record = json.loads((ADAPTERS / name / "scores.json").read_text(encoding="utf-8"))
    assert record["recipe"] == vars(TRAININGS[name].RECIPE)


@pytest.mark.parametrize("name", TRAININGS)
def test_the_card_states_the_recorded_scores_and_where_the_data_comes_from(name: str) -> None:
    card = (ADAPTERS / name / "README.md").read_text(encoding="utf-8")
    record = json.loads((ADAPTERS / name / "scores.json").read_text(encoding="utf-8"))
    for score in TRAININGS[name].BARS:
        assert str(record["scores"][score]) in card
    for part in ("Licence", "Data", "Scores", f"adapters.{name} --score", "Limits"):
        assert part in card


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("This is the best camera I have ever owned.", "positive"),
        ("What a wonderful, moving film.", "positive"),
        ("I love this song so much.", "positive"),
        ("The new library is a great success for the whole city.", "positive"),
        ("The battery died after two days and the service was awful.", "negative"),
        ("A boring, badly acted mess.", "negative"),
        ("Hundreds of people were killed in the bombing.", "negative"),
        ("The famine destroyed the country and left thousands dead.", "negative"),
        ("The meeting begins at nine on Tuesday.", "neutral"),
        ("The committee has twelve members.", "neutral"),
    ],
)
def test_a_plain_sentence_is_judged_right(
    sentiment: SentimentModel, sentence: str, expected: str
) -> None:
    scores = sentiment([sentence])[0]
    assert max(scores, key=scores.get) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Angela Merkel met Tony Blair.", {"Angela Merkel": "PER", "Tony Blair": "PER"}),
        ("Microsoft bought a small firm in France.", {"Microsoft": "ORG", "France": "LOC"}),
        ("The United Nations met in Geneva.", {"United Nations": "ORG", "Geneva": "LOC"}),
        ("The weather was fine, and everybody slept.", {}),
    ],
)
def test_the_names_in_a_plain_sentence_are_found(
    entities: EntityModel, sentence: str, expected: dict[str, str]
) -> None:
    found = find_entities([sentence], entities([sentence]), threshold=0.5, max_entities=10)
    assert {entity["text"]: entity["label"] for entity in found} == expected


@pytest.mark.parametrize(
    ("rating", "index"), [(-4, 0), (-0.5, 0), (-0.49, 1), (0, 1), (0.49, 1), (0.5, 2), (4, 2)]
)
def test_a_rating_has_a_class_and_a_soft_target_that_leans_to_it(rating: float, index: int) -> None:
    assert sentiment_train.class_index(rating) == index
    target = sentiment_train.soft_target(rating)
    assert sum(target) == pytest.approx(1)
    assert target[index] >= 0.49


def test_no_held_out_text_is_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    snippets = [
        Snippet(domain, f"{domain} {number % 1_990}", 1.0)
        for domain in sentiment_train.SNIPPET_FILES
        for number in range(2_000)
    ]
    monkeypatch.setattr(sentiment_train, "read_snippets", lambda: snippets)
    sets = sentiment_train.split()
    assert sets == sentiment_train.split()
    assert (len(sets["test"]), len(sets["validation"])) == (4 * 600, 4 * 300)
    texts = {name: {snippet.text for snippet in part} for name, part in sets.items()}
    assert not texts["train"] & (texts["test"] | texts["validation"])


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-PER", "I-PER", "O"], {(0, 2, "PER")}),
        (["B-PER", "B-PER"], {(0, 1, "PER"), (1, 2, "PER")}),
        (["I-LOC", "I-ORG", "O", "I-ORG"], {(0, 1, "LOC"), (1, 2, "ORG"), (3, 4, "ORG")}),
        (["O"], set()),
    ],
)
def test_spans_are_read_from_tags_as_conll_reads_them(
    tags: list[str], expected: set[tuple[int, int, str]]
) -> None:
    assert entities_train.spans(tags) == expected


def test_only_a_whole_name_of_the_right_kind_counts() -> None:
    gold = [{(0, 2, "PER"), (5, 6, "LOC")}, {(0, 1, "ORG")}]
    found = [{(0, 2, "PER"), (5, 6, "ORG")}, {(0, 2, "ORG")}]
    assert entities_train.f1(gold, gold) == 1
    assert entities_train.f1(gold, found) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("score", "exit_code", "kept"), [(0.9, 0, b"new"), (0.8, 1, b"old")])
def test_only_an_adapter_that_reaches_its_bar_replaces_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, score: float, exit_code: int, kept: bytes
) -> None:
    files = [tmp_path / command.CONFIG_FILE, tmp_path / command.WEIGHTS_FILE]
    for file in files:
        file.write_bytes(b"old")

    def save(model: bytes, folder: Path) -> None:
        for file in files:
            (folder / file.name).write_bytes(model)

    monkeypatch.setattr("sys.argv", ["train"])
    monkeypatch.setattr(command, "save", save)
    monkeypatch.setattr(command, "prepare", lambda seed: None)
    ended = command.run(
        tmp_path,
        sentiment_train.RECIPE,
        train=lambda recipe: b"new",
        score=lambda folder: {"test": score if (folder / files[0].name).exists() else 0.0},
        bars={"test": 0.85},
    )
    assert ended == exit_code
    assert [file.read_bytes() for file in files] == [kept, kept]
    assert (tmp_path / "scores.json").exists() is (exit_code == 0)
