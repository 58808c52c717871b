"""The command line of both training scripts: train, save, score what was saved, and only then keep.

The scores are those of the adapter as it ships, in half precision. `--score` computes them with the
engine and the precision that the settings name, a training with transformers.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from peft import PeftModel
from safetensors.torch import load_file, save_file

from course_lib.support.models.transformers_engine import quiet
from maintenance.adapters.training import Recipe, prepare

BASE_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"

Scores = dict[str, float]


def run(
    folder: Path,
    recipe: Recipe,
    train: Callable[[Recipe], PeftModel],
    score: Callable[[Path | None], Scores],
    bars: dict[str, float],
) -> int:
    """The command line of a training script; the exit code is 1 if a bar is not reached.

    A new adapter is saved to a temporary folder, scored from there as the loader gives it, and
    replaces the one in `folder` only if every score in `bars` is reached.
    """
    parser = argparse.ArgumentParser(description="Train the adapter, or score it.")
    parser.add_argument("--score", action="store_true", help="only score the adapter that is there")
    only_score = parser.parse_args().score
    prepare(recipe.seed)
    if only_score:
        scores = score(None)
        print(json.dumps(scores, indent=2))
        return _report(scores, bars)
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary)
        save(train(recipe), made)
        scores = score(made)
        print(json.dumps(scores, indent=2))
        missed = _report(scores, bars)
        if not missed:
            for name in (CONFIG_FILE, WEIGHTS_FILE):
                shutil.copyfile(made / name, folder / name)
            record = {"scores": scores, "recipe": asdict(recipe)}
            text = json.dumps(record, indent=2) + "\n"
            (folder / "scores.json").write_text(text, encoding="utf-8")
    return missed


def save(model: PeftModel, folder: Path) -> None:
    """Save the adapter in half precision, with nothing in it that differs from run to run."""
    with quiet():
        model.save_pretrained(folder)
    weights = folder / WEIGHTS_FILE
    save_file({name: tensor.half() for name, tensor in load_file(weights).items()}, weights)
    config_file = folder / CONFIG_FILE
    config = json.loads(config_file.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = BASE_MODEL  # peft puts the folder of this machine there.
    config["modules_to_save"] = ["classifier"]
    config["target_modules"].sort()
    config_file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _report(scores: Scores, bars: dict[str, float]) -> int:
    """1 if a score is below its bar, after saying which; else 0."""
    missed = [name for name, bar in bars.items() if scores[name] < bar]
    for name in missed:
        print(f"{name} is {scores[name]:.4f}: the bar of {bars[name]} is not reached.")
    return int(bool(missed))
