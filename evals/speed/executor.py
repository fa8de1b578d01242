"""The published executor's way with an interactive page, as a peer: one Chrome a task, one task at a time, fixed waits.

The page is opened at the task's size, 1 s passes, picture 0; then for each action: find the element, act, 0.5 s,
picture k; 30 s an action at most, and the first action that fails ends the replay. What a language model does there,
finding the element, does the task's `target` here through Playwright's locators, at once; what a judge does there, the
task's `check`s here, off the clock. Where a choice had to be made, it is the one that makes the peer faster: an element
that is missing or disabled is a failure at once, the browser's start and end are not in `seconds`.

Prints {"replays": [...], "seconds": S} as its last line; `success_step` counts the actions before the first one that
was not done or of which a check does not hold.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import time
import tomllib
from contextlib import contextmanager
from pathlib import Path

import on_page

try:
    from playwright.async_api import Error, async_playwright
except ModuleNotFoundError as missing:
    raise SystemExit(f"error: {missing}\nhint: run.py setup, then the python of target/speed/venv") from missing

OPENING_WAIT, ACTION_WAIT, LIMIT = 1.0, 0.5, 30.0
# No file of these is an asset.
SOURCES = {".html", ".css", ".js"}


# The tasks and their pages.


def tasks(suite: Path) -> list[dict]:
    """The rows of the suite's recorded tasks, else of its scripts; `home` is the folder with the true page in it."""
    recorded = [
        row | {"home": file.with_suffix("") / row["id"]}
        for file in sorted(suite.glob("*.jsonl"))
        for row in map(json.loads, file.read_text().splitlines())
    ]
    return recorded or [row_of(file) for file in sorted(suite.glob("scripts/*/script.toml"))]


def row_of(file: Path) -> dict:
    """A script as the row that is recorded from it."""
    script = tomllib.loads(file.read_text())
    own = ["type", "target", "check"]
    return {
        "id": script["id"],
        "home": file.parent,
        "recording_details": {"resolution": script["viewport"]},
        "action_sequence": [
            {key: action[key] for key in own if key in action}
            | {"parameters": {key: value for key, value in action.items() if key not in own}}
            for action in script["action"]
        ],
    }


def assets(task: dict) -> dict[str, Path]:
    """The task's assets by their anonymised names."""
    home = task["home"]
    if (home / "assets").is_dir():
        return {str(path.relative_to(home / "assets")): path for path in (home / "assets").rglob("*") if path.is_file()}
    files = sorted(path for path in (home / "site").rglob("*") if path.is_file() and path.suffix not in SOURCES)
    return {f"asset_{number:03}{path.suffix}": path for number, path in enumerate(files, 1)}


def uploads(task: dict) -> dict[str, Path]:
    """The files that an action may name: a script's are paths in its site."""
    site = task["home"] / "site"
    return {str(path.relative_to(site)): path for path in site.rglob("*") if path.is_file()} | assets(task)


def lay_out(task: dict, page: Path, into: Path) -> Path:
    """The page with the assets of the task beside it, as an answer is opened."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(page, into)
    for name, path in assets(task).items():
        target = into / "assets" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return into / "index.html"


# A replay.


async def replay(tool, task: dict, page_folder: Path, options: argparse.Namespace) -> dict:
    """One task on one page, in a browser of its own."""
    out = options.out / task["id"]
    address = lay_out(task, page_folder, out / "page").resolve().as_uri()
    files = uploads(task)
    width, height = (int(side) for side in task["recording_details"]["resolution"].split("x"))
    switches = ["--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND"]
    if os.geteuid() == 0:
        switches.append("--no-sandbox")
    browser = await tool.chromium.launch(executable_path=options.browser, args=switches)
    page, errors = await browser.new_page(viewport={"width": width, "height": height}), []
    page.set_default_timeout(LIMIT * 1000)
    page.on("pageerror", lambda _: errors.append("thrown"))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)

    started = time.perf_counter()
    await page.goto(address)
    await asyncio.sleep(OPENING_WAIT)
    await page.screenshot(path=out / "step_0.png")
    opening = time.perf_counter() - started

    steps = []
    for number, action in enumerate(task["action_sequence"], 1):
        steps.append(await one_step(page, action, files, out / f"step_{number}.png", errors))
        if not steps[-1]["done"]:
            break
    await browser.close()
    good = next((at for at, one in enumerate(steps) if not one["done"] or one["failed_checks"]), len(steps))
    return {
        "task": task["id"],
        "candidate": options.candidate,
        "seconds": opening + sum(one["seconds"] for one in steps),
        "opening": opening,
        "actions": len(steps),
        "of": len(task["action_sequence"]),
        "success_step": good,
        "waits": any(action["type"] == "Wait" for action in task["action_sequence"]),
        "steps": steps,
    }


async def one_step(page, action: dict, files: dict[str, Path], picture: Path, errors: list[str]) -> dict:
    """One action with its picture and its checks; `seconds` is without the checks."""
    step = {"seconds": 0.0, "done": True, "problem": None, "failed_checks": []}
    try:
        checks = action.get("check", [])
        before = {
            json.dumps(check): await on_page.region(page, check)
            for check in checks
            if check["kind"] == "region_changed"
        }
        errors.clear()
        with clocked(step):
            await asyncio.wait_for(act_and_wait(page, action, files), LIMIT)
        # At once, as pages go on: what a judge would be asked is what stands in the picture.
        for check in checks:
            if not await asyncio.wait_for(on_page.holds(page, check, before, errors), LIMIT):
                step["failed_checks"].append(check)
        with clocked(step):
            await page.screenshot(path=picture)
    except (on_page.NotDone, asyncio.TimeoutError, Error) as error:
        step |= {"done": False, "problem": str(error).split("\n")[0] or type(error).__name__}
    return step


@contextmanager
def clocked(step: dict):
    """Adds what passes inside to the seconds of a step."""
    started = time.perf_counter()
    try:
        yield
    finally:
        step["seconds"] += time.perf_counter() - started


async def act_and_wait(page, action: dict, files: dict[str, Path]) -> None:
    scrolls = action["type"] == "Scroll"
    position = await on_page.scrolled(page) if scrolls else 0
    await on_page.act(page, action, files)
    await asyncio.sleep(ACTION_WAIT)
    if scrolls and abs(await on_page.scrolled(page) - position) <= on_page.MOVED_PIXELS:
        raise on_page.NotDone("nothing scrolled")


async def run(options: argparse.Namespace) -> dict:
    chosen = [task for task in tasks(options.suite) if options.only is None or task["id"] in options.only.split(",")]
    if not chosen:
        raise SystemExit(f"error: there is no task in {options.suite}\nhint: a folder with tasks (*.jsonl) or scripts/")
    started = time.perf_counter()
    replays = []
    async with async_playwright() as tool:
        for task in chosen:
            page = task["home"] / "site"
            if options.candidate != "oracle":
                page = options.suite / "candidates" / options.candidate / task["id"]
            if not (page / "index.html").is_file():
                raise SystemExit(f"error: there is no {page}/index.html\nhint: name a folder of candidates/")
            replays.append(await replay(tool, task, page, options))
    return {"replays": replays, "seconds": time.perf_counter() - started}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", type=Path, help="a folder of interactive tasks")
    parser.add_argument("--candidate", default="oracle", help="oracle: the true pages; else a folder of candidates/")
    parser.add_argument("--only", help="tasks, such as cart,form")
    parser.add_argument("--browser", required=True, help="the browser's program")
    parser.add_argument("--out", required=True, type=Path, help="an existing folder for the pictures")
    options = parser.parse_args()
    if shutil.which(options.browser) is None:
        raise SystemExit(f"error: there is no browser `{options.browser}`\nhint: run scripts/install-deps.sh")
    print(json.dumps(asyncio.run(run(options))))


if __name__ == "__main__":
    sys.exit(main())
