#!/usr/bin/env python3
"""Records the script on one application and replays it on all others; writes table.md.

    python3 evals/todomvc/run.py target/todomvc              # --pageloom PATH, --record NAME

Elements are found from the script's words alone (`--ground local`), on every application alike. A step holds when its
action was done and its checks hold; the row ends at the first that does not.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
TASK = "todomvc"


def run(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode not in (0, 6):
        sys.exit(f"{' '.join(words)}\nended with {done.returncode}: {done.stderr.strip()}")


def steps_of(run_folder: Path) -> list[dict]:
    for line in (run_folder / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "sample_finished":
            trace = event.get("interaction") or {"steps": []}
            return trace["steps"][1:]
    return []


def first_failure(steps: list[dict]) -> tuple[int, str]:
    """How many steps hold in a row, and why the next one does not."""
    for at, step in enumerate(steps):
        own = [check for check in step.get("checks", []) if not check["compiled"]]
        failed = [check["explanation"] for check in own or step.get("checks", []) if not check["holds"]]
        if step["outcome"]["outcome"] != "done" or failed:
            words = step["action"]["parameters"].get("description", "")
            what = f"{step['step']}: {step['action']['type']} {words}".strip()
            return at, f"{what}: {step['outcome'].get('detail') or failed[0]}"
    return len(steps), ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("apps", type=Path, help="the folder that fetch.py filled")
    parser.add_argument("--pageloom", default="target/release/pageloom")
    parser.add_argument("--record", default="vanillajs", help="the application that is recorded")
    options = parser.parse_args()
    known = tomllib.loads((HERE / "apps.toml").read_text())["app"]
    frameworks = {app["name"]: app["framework"] for app in known}
    names = sorted(path.name for path in options.apps.iterdir() if (path / "index.html").is_file())
    if options.record not in names:
        sys.exit(f"there is no `{options.record}` in {options.apps}: run fetch.py first")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        tasks = place / "tasks.jsonl"
        script = str(HERE / "script.toml")
        run([options.pageloom, "record", script, "--site", str(options.apps / options.record), "--out", str(tasks), "-q"])
        for name in names:
            answers = place / "answers" / name
            shutil.copytree(options.apps / name, answers / TASK)
            out = place / "runs" / name
            run([options.pageloom, "eval", str(tasks), "--model", f"replay:{answers}", "--ground", "local",
                 "--out", str(out), "-q", "--format", "json"])
            steps = steps_of(out)
            held, why = first_failure(steps)
            found = sum(1 for step in steps if step.get("resolution"))
            sought = sum(1 for step in steps if step.get("resolution") or step["outcome"].get("reason") in ("not_found", "ambiguous"))
            role = "recorded" if name == options.record else "replayed"
            rows.append((name, frameworks.get(name, ""), role, held, len(steps), found, sought, why))
            print(f"{name:12} {held}/{len(steps)} {why}", flush=True)
    others = [row for row in rows if row[2] == "replayed"]
    whole = sum(1 for row in others if row[3] == row[4])
    lines = [
        "# TodoMVC: recorded on one, replayed on the others",
        "",
        f"Recorded on `{options.record}`; `--ground local`, no model. Whole course: {whole} of {len(others)} others. "
        f"Steps in a row: {sum(row[3] for row in others)} of {sum(row[4] for row in others)}. "
        f"Elements found of those that were looked for: {sum(row[5] for row in others)} of {sum(row[6] for row in others)}.",
        "",
        "| application | framework | | steps in a row | elements found | first that does not hold |",
        "|---|---|---|---:|---:|---|",
    ]
    for name, framework, role, held, steps, found, sought, why in rows:
        lines.append(f"| {name} | {framework} | {role} | {held} of {steps} | {found} of {sought} | {why.replace('|', '/')} |")
    (HERE / "table.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
