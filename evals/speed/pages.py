"""The pages of a measurement: every source becomes folders with an index.html, so that each program gets the
same thing. Owns the working copy; renders nothing."""

import os
import shutil
from pathlib import Path


def prepare(sources: list[Path], into: Path) -> list[Path]:
    """Lays out all pages of `sources` under `into`, which is made anew; returns their folders, sorted.

    A source holds either folders with an index.html or HTML files side by side (what lies beside them comes
    along, but for the pictures that carry a page's own name).
    """
    if into.exists():
        shutil.rmtree(into)
    made = []
    for source in sources:
        if not source.is_dir():
            raise SystemExit(f"error: `{source}` is not a folder\nhint: --pages takes folders of pages")
        folders = sorted(entry.parent for entry in source.glob("*/index.html"))
        files = sorted(source.glob("*.html"))
        if not folders and not files:
            raise SystemExit(f"error: `{source}` holds no page\nhint: it needs *.html or */index.html")
        for folder in folders:
            target = _fresh(into, folder.name)
            shutil.copytree(folder, target)
            made.append(target)
        stems = {file.stem for file in files}
        shared = [e for e in source.iterdir() if e.is_file() and e.stem not in stems]
        for file in files:
            target = _fresh(into, file.stem)
            target.mkdir(parents=True)
            shutil.copyfile(file, target / "index.html")
            for asset in shared:
                shutil.copyfile(asset, target / asset.name)
            made.append(target)
    return sorted(made)


def repeat(pages: list[Path], count: int, into: Path) -> list[Path]:
    """`count` pages, taking the given ones in turn; hard links, so that thousands cost no space."""
    if into.exists():
        shutil.rmtree(into)
    made = []
    for number in range(count):
        page = pages[number % len(pages)]
        target = into / f"{number:05}-{page.name}"
        shutil.copytree(page, target, copy_function=os.link)
        made.append(target)
    return made


def _fresh(into: Path, name: str) -> Path:
    target, number = into / name, 2
    while target.exists():
        target, number = into / f"{name}-{number}", number + 1
    return target
