"""What a replay came to, from a run of ours and from the executor, and where the two differ.

A replay is one task on one page: {"seconds", "actions", "success_step", "waits"}. `seconds` is opening and actions,
`actions` those that were tried, `success_step` those before the first that was not done or of which a check of the task
does not hold, `waits` whether the task has an action that waits.
"""

import json
from pathlib import Path


def of_run(folder: Path) -> dict[str, dict]:
    """The replays of a run of `pageloom eval`, by task."""
    seconds, results = {}, {}
    for line in (folder / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "stage_finished" and event["stage"] == "replay":
            seconds[event["task"]] = event["seconds"]
        elif event["event"] == "sample_finished":
            results[event["task"]] = event
    replays = {}
    for task, result in results.items():
        if task not in seconds or not result.get("interaction"):
            raise SystemExit(f"error: {folder} has no replay of {task}: {result['fault']}\nhint: run it alone and see")
        steps = [step for step in result["interaction"]["steps"] if step["step"] > 0]
        replays[task] = {
            "seconds": seconds[task],
            "actions": sum(step["outcome"]["outcome"] != "unreached" for step in steps),
            "success_step": next((at for at, step in enumerate(steps) if not succeeded(step)), len(steps)),
            "waits": any(step["action"]["type"] == "Wait" for step in steps),
        }
    return replays


def succeeded(step: dict) -> bool:
    own = [check for check in step.get("checks", []) if not check["compiled"]]
    return step["outcome"]["outcome"] == "done" and all(check["holds"] for check in own)


def of_executor(result: dict) -> dict[str, dict]:
    """The replays of the executor's last line, by task."""
    kept = ["seconds", "actions", "success_step", "waits"]
    return {replay["task"]: {name: replay[name] for name in kept} for replay in result["replays"]}


def differences(ours: dict[str, dict], theirs: dict[str, dict]) -> list[dict]:
    """Tasks on which the two do not agree; one that only one of them has is a difference too."""
    found = []
    for task in sorted(ours.keys() | theirs.keys()):
        verdicts = [side.get(task, {}).get("success_step") for side in (ours, theirs)]
        if verdicts[0] != verdicts[1]:
            found.append({"task": task, "ours": verdicts[0], "executor": verdicts[1]})
    return found


def pace(replays: dict[str, dict]) -> list[float]:
    """Seconds an action of each replay that tried one."""
    return [one["seconds"] / one["actions"] for one in replays.values() if one["actions"]]
