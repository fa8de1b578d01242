#!/usr/bin/env python3
"""Holds Pageloom's DINOv2 against the reference implementation on the same weights and pictures.

  parity.py run        makes weights and pictures, runs both sides, writes table.md
  parity.py fixture    makes the tiny weights and expected embeddings that the Rust tests use

The reference is Hugging Face's Dinov2Model on PyTorch with its BitImageProcessor, in an environment of
its own (requirements.txt). Weights are random, from a fixed seed; nothing is fetched. The Rust side is
the example `embed` of pageloom-vision, built with --release unless PAGELOOM_EMBED names a program.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIXTURE = ROOT / "crates" / "vision" / "tests" / "fixtures" / "dinov2-tiny"
LIMIT = 1e-3

# Name, network, and how pictures are prepared: the shorter side, then the square that is seen.
CASES = [
    ("small, grid 4 as stored", dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, image_size=56), 64, 56, "F32"),
    ("small, grid 5 to 4", dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, image_size=70), 64, 56, "F32"),
    ("small, grid 37 to 16", dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, image_size=518), 256, 224, "F32"),
    ("small, grid 4 to 7, a rest", dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, image_size=56, qkv_bias=False), 110, 103, "F32"),
    ("small, 16-bit floats", dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, image_size=518), 256, 224, "BF16"),
    ("base, as facebook/dinov2-base", dict(image_size=518), 256, 224, "F32"),
]


def make_model(sizes: dict, seed: int) -> Dinov2Model:
    """A network whose every part matters: random weights large enough that attention is not flat."""
    model = Dinov2Model(Dinov2Config(patch_size=14, **sizes)).eval()
    rng = np.random.default_rng(seed)
    state = {}
    for name, tensor in model.state_dict().items():
        shape = tuple(tensor.shape)
        if name.endswith("lambda1"):
            values = rng.uniform(0.2, 1.0, shape)
        elif "norm" in name and name.endswith("weight"):
            values = rng.uniform(0.5, 1.5, shape)
        elif name.endswith("bias") or "token" in name or "position" in name:
            values = rng.normal(0, 0.3, shape)
        else:
            values = rng.normal(0, 1.5 / np.sqrt(np.prod(shape[1:])), shape)
        state[name] = torch.from_numpy(values.astype(np.float32))
    model.load_state_dict(state)
    return model


def make_pictures(folder: Path, seed: int) -> list[Path]:
    """A page, the same page changed, a long page, a drawing, noise: sizes that shrink, grow and crop."""
    rng = np.random.default_rng(seed)

    def page(width: int, height: int, accent: tuple, shift: int) -> Image.Image:
        image = Image.new("RGB", (width, height), "white")
        draw = ImageDraw.Draw(image)
        draw.rectangle([0, 0, width, 64], fill=accent)
        for row in range(90 + shift, height - 40, 36):
            draw.rectangle([40, row, 40 + (row * 7919) % (width - 120), row + 12], fill=(60, 60, 70))
            draw.text((44, row + 14), f"line of text number {row}", fill=(20, 20, 20))
        return image

    noise = rng.integers(0, 256, (333, 517, 3), dtype=np.uint8)
    across = np.linspace(0, 255, 48)
    drawing = np.stack([np.add.outer(across[:40], across) / 2, np.outer(across[:40], across) / 255, 255 - np.add.outer(across[:40] * 0, across)], -1)
    images = {
        "page": page(1280, 800, (30, 90, 200), 0),
        "changed": page(1280, 800, (200, 90, 30), 9),
        "long": page(960, 4000, (10, 140, 90), 0),
        "drawing": Image.fromarray(drawing.astype(np.uint8)),
        "noise": Image.fromarray(noise),
    }
    places = []
    for name, image in images.items():
        places.append(folder / f"{name}.png")
        image.save(places[-1])
    return places


def save(folder: Path, model: Dinov2Model, processor: BitImageProcessor, kind: str) -> None:
    kinds = {"F32": torch.float32, "BF16": torch.bfloat16}
    state = {name: tensor.to(kinds[kind]).contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    (folder / "config.json").write_text(json.dumps(model.config.to_dict(), indent=1) + "\n")
    (folder / "preprocessor_config.json").write_text(json.dumps(processor.to_dict(), indent=1) + "\n")


def processor_for(edge: int, crop: int) -> BitImageProcessor:
    return BitImageProcessor(
        size={"shortest_edge": edge}, crop_size={"height": crop, "width": crop}, resample=3,
        image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225],
    )


@torch.no_grad()
def reference(model: Dinov2Model, processor: BitImageProcessor, places: list[Path]) -> tuple[np.ndarray, float]:
    started, rows = time.perf_counter(), []
    for place in places:
        pixels = processor(Image.open(place).convert("RGB"), return_tensors="pt")["pixel_values"]
        rows.append(model(pixels).last_hidden_state[:, 0].numpy()[0])
    return np.stack(rows), (time.perf_counter() - started) * 1000 / len(places)


def cosines(rows: np.ndarray) -> np.ndarray:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.clip(unit @ unit.T, 0, 1)


def embed_program() -> str:
    if os.environ.get("PAGELOOM_EMBED"):
        return os.environ["PAGELOOM_EMBED"]
    build = ["cargo", "build", "--release", "-q", "-p", "pageloom-vision", "--example", "embed"]
    subprocess.run(build, check=True, cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "examples" / "embed")


def run() -> None:
    program, rows, worst = embed_program(), [], 0.0
    for seed, (name, sizes, edge, crop, kind) in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            model, processor = make_model(sizes, seed), processor_for(edge, crop)
            save(folder, model, processor, kind)
            places = make_pictures(folder, seed)
            wanted, wanted_ms = reference(model, processor, places)
            answer = subprocess.run([program, folder, *places], check=True, capture_output=True, text=True)
        answer = json.loads(answer.stdout)
        found = np.array(answer["embeddings"], dtype=np.float32)
        apart = np.abs(cosines(found) - cosines(wanted)).max()
        worst = max(worst, apart)
        own = cosines(wanted)[np.triu_indices(len(places), 1)]
        rows.append(
            f"| {name} | {wanted.shape[1]} | {own.min():.3f} to {own.max():.3f} | {apart:.1e} | "
            f"{np.abs(found - wanted).max():.1e} | {answer['embed_ms']:.0f} | {wanted_ms:.0f} |"
        )
        print(rows[-1], flush=True)
    cores = len(os.sched_getaffinity(0))
    head = (
        "# Pageloom's DINOv2 beside the reference\n\n"
        f"Random weights from a fixed seed, five pictures. Reference: `Dinov2Model` and `BitImageProcessor` of "
        f"transformers {transformers.__version__} on PyTorch {torch.__version__.split('+')[0]} (CPU), Pillow "
        f"{Image.__version__}, numpy {np.__version__}; {cores} cores, {platform.machine()}. Wanted: cosines within "
        f"{LIMIT:g}. The largest difference is {worst:.1e}.\n\n"
        "| network | numbers | cosines among the pictures | largest difference of a cosine | of a number | ms a "
        "picture, Pageloom | reference |\n|---|---|---|---|---|---|---|\n"
    )
    (HERE / "table.md").write_text(head + "\n".join(rows) + "\n")
    if worst >= LIMIT:
        raise SystemExit(f"error: a cosine differs by {worst:.1e}")


def fixture() -> None:
    FIXTURE.mkdir(parents=True, exist_ok=True)
    sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=70)
    model, processor = make_model(sizes, 20), processor_for(64, 56)
    save(FIXTURE, model, processor, "F32")
    with tempfile.TemporaryDirectory() as folder:
        chosen = [place for place in make_pictures(Path(folder), 20) if place.stem in ("page", "drawing")]
        images = [Image.open(place).convert("RGB") for place in chosen]
        images[0] = images[0].resize((150, 94))
        places = [FIXTURE / "page.png", FIXTURE / "drawing.png"]
        for place, image in zip(places, images):
            image.save(place, optimize=True)
    rows, _ = reference(model, processor, places)
    expected = {place.name: [round(float(value), 6) for value in row] for place, row in zip(places, rows)}
    (FIXTURE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    commands = {"run": run, "fixture": fixture}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        raise SystemExit(__doc__)
    commands[sys.argv[1]]()
