"""Measurements to table.md. Reads the saved results and writes text; measures nothing."""

from statistics import median

from interaction import pace

POOL = "default"
# The program that does the least there is to do.
BOUND = "b"


def rate(rounds: list[dict], program: str, concurrency) -> list[float | None]:
    """Pages a second of each round; None where this program did not run in it."""
    key = f"{program}@{concurrency}"
    return [r[key]["pages"] / r[key]["seconds"] if key in r else None for r in rounds]


def paired_ratio(rounds: list[dict], ours: tuple, peer: tuple) -> float | None:
    """The median over rounds of ours over the peer's in the same round: drift of the machine cancels."""
    pairs = zip(rate(rounds, *ours), rate(rounds, *peer))
    ratios = [a / b for a, b in pairs if a is not None and b is not None]
    return median(ratios) if ratios else None


def write(results: dict) -> str:
    parts = [HEAD]
    if "throughput" in results:
        parts += _throughput(results["throughput"])
    if "memory" in results:
        parts += _memory(results["memory"])
    if "scoring" in results:
        parts += _scoring(results["scoring"])
    if "websites" in results:
        parts += _websites(results["websites"])
    if "rewards" in results:
        parts += _rewards(results["rewards"])
    if "interaction" in results:
        parts += _interaction(results["interaction"])
    return "\n".join(parts).rstrip() + "\n"


HEAD = """\
# Is it fast?

Written by `evals/speed/run.py`; not to be edited. What is measured and why it is fair: [README.md](README.md).
"""


def _machine(machine: dict) -> str:
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}, "
        f"{machine['browser']}; load before the start {machine['load']:.1f}."
    )


def _throughput(result: dict) -> list[str]:
    rounds, programs, claims = result["rounds"], result["programs"], result["claims"]
    columns = result["concurrency"]
    lines = [
        "## Pages a second",
        "",
        _machine(result["machine"]),
        f"{result['pages']} pages ({', '.join(result['sources'])}), 1280x720, full-page PNG, {len(rounds)} rounds; "
        "in each round every program runs once at each concurrency, the order turning from round to round. "
        "Median (lowest to highest).",
        "",
        "| | program | " + " | ".join(f"{c} at once" for c in columns) + " | own pool |",
        "|---|---|" + "---|" * (len(columns) + 1),
    ]
    for program in programs:
        cells = []
        for concurrency in [*columns, POOL]:
            found = [r for r in rate(rounds, program["id"], concurrency) if r is not None]
            cells.append(f"{median(found):.2f} ({min(found):.2f} to {max(found):.2f})" if found else "")
        lines.append(f"| {program['id']} | {program['name']} | " + " | ".join(cells) + " |")
    if result["absent"]:
        lines += ["", "Not measured: " + "; ".join(f"{k} ({v})" for k, v in result["absent"].items()) + "."]

    lines += ["", "Ratios, each the median of the ratios within a round:", ""]
    lines += ["| ratio | wanted | " + " | ".join(f"{c} at once" for c in columns) + " | own pool |"]
    lines += ["|---|---|" + "---|" * (len(columns) + 1)]
    for claim in claims:
        cells = []
        for concurrency in columns:
            cells.append(_ratio(rounds, claim, concurrency, concurrency))
        best = max(columns, key=lambda c: _median_rate(rounds, claim["ours"], c))
        cells.append(_ratio(rounds, claim, best, POOL))
        lines.append(
            f"| {claim['ours']} / {claim['peer']} | at least {claim['at_least']:g} | " + " | ".join(cells) + " |"
        )
    lines += ["", "Where a peer has a pool of its own, ours counts at its best concurrency.", ""]
    for claim in claims:
        lines += _out_of_reach(rounds, claim, columns)
    lines += _phases(result)
    lines += ["Commands, with `$PAGES` for the folders of the pages:", "", "```"]
    lines += [f"{p['id']:7} {p['shown']}" for p in programs] + ["```", ""]
    return lines


def _median_rate(rounds: list[dict], program: str, concurrency) -> float:
    found = [r for r in rate(rounds, program, concurrency) if r is not None]
    return median(found) if found else 0.0


def _ratio(rounds: list[dict], claim: dict, ours, peer) -> str:
    ratio = paired_ratio(rounds, (claim["ours"], ours), (claim["peer"], peer))
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio >= claim["at_least"] else f"**{ratio:.2f}, short**"


def _out_of_reach(rounds: list[dict], claim: dict, columns: list) -> list[str]:
    """Says so where not even the bound, which does nothing but load and take the picture, reaches what is wanted."""
    bounds = [paired_ratio(rounds, (BOUND, c), (claim["peer"], c)) for c in columns]
    bounds = [bound for bound in bounds if bound is not None]
    if claim["peer"] == BOUND or not bounds or max(bounds) >= claim["at_least"]:
        return []
    shown = ", ".join(f"{bound:.2f}" for bound in bounds)
    return [
        f"{BOUND} / {claim['peer']} is {shown}: loading and taking the picture inside the browser alone already "
        f"take more time than {claim['ours']} / {claim['peer']} of {claim['at_least']:g} leaves for a page. The "
        "phases below say what takes ours.",
        "",
    ]


def _phases(result: dict) -> list[str]:
    """Where the time of our own programs goes, at one page at once."""
    rows, names = [], []
    for program in result["programs"]:
        runs = [r.get(f"{program['id']}@1", {}) for r in result["rounds"]]
        runs = [r for r in runs if r.get("phases")]
        if not runs:
            continue
        names = names or list(runs[0]["phases"])
        cells = [median(r["phases"].get(name, 0.0) * 1e3 / r["pages"] for r in runs) for name in names]
        rows.append(f"| {program['id']} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |")
    if not rows:
        return []
    head = "| | " + " | ".join(names) + " |"
    return ["Milliseconds a page by phase, one at once:", "", head, "|---|" + "---:|" * len(names), *rows, ""]


def _memory(result: dict) -> list[str]:
    lines = [
        "## Memory",
        "",
        _machine(result["machine"]),
        f"`{result['command']}`, all processes together (shared pages counted once) and our own process alone, "
        f"MiB, sampled every {result['every']:g} s. A flat line has equal quarters.",
        "",
        "| renders | peak | highest in the second quarter | in the last quarter | own process, peak |",
        "|---:|---:|---:|---:|---:|",
    ]
    for row in result["rows"]:
        lines.append(
            f"| {row['renders']} | {row['peak']:.0f} | {row['second_quarter']:.0f} "
            f"| {row['last_quarter']:.0f} | {row['own_peak']:.0f} |"
        )
    return [*lines, ""]


def _scoring(result: dict) -> list[str]:
    lines = [
        "## The cost of scoring one pair",
        "",
        _machine(result["machine"]),
        f"{result['pairs']} pairs, captures already there (`prepare` reads both of them), milliseconds, one at once.",
        "",
        "| step or metric | median | highest |",
        "|---|---:|---:|",
    ]
    for name, row in sorted(result["metrics"].items(), key=lambda item: -item[1]["median"]):
        lines.append(f"| {name} | {row['median']:.2f} | {row['highest']:.2f} |")
    total = result["total"]
    lines.append(f"| **all of a pair** | **{total['median']:.2f}** | {total['highest']:.2f} |")
    return [*lines, ""]


def _spread(values: list[float], form: str = "{:.0f}") -> str:
    """Median and 95th percentile."""
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return f"{form.format(median(ordered))} ({form.format(high)})"


def _websites(result: dict) -> list[str]:
    projects = result["projects"]
    stages = list(next(iter(projects.values()))["ours"][0])
    lines = [
        "## From a completion to its picture and its probes",
        "",
        _machine(result["machine"]),
        f"{result['rounds']} rounds; in each, the published way once with npm's cache warm and once with "
        "node_modules there already, then ours on completions that differ in every source, one at a time, the store "
        "warm. Median (95th percentile).",
        "",
        "| | " + " | ".join(f"{name}, {row['files']} files" for name, row in projects.items()) + " |",
        "|---|" + "---:|" * len(projects),
    ]
    for stage in stages:
        cells = [_spread([one[stage] for one in row["ours"]], "{:.1f}") for row in projects.values()]
        lines.append(f"| ours, {stage}, ms | " + " | ".join(cells) + " |")
    lines.append("| ours, a process for one completion alone, s | "
                 + " | ".join(_spread(row["alone"], "{:.2f}") for row in projects.values()) + " |")
    for step in next(iter(projects.values()))["published"][0]:
        cells = [_spread([one[step] for one in row["published"]], "{:.2f}") for row in projects.values()]
        lines.append(f"| published way, {step}, s | " + " | ".join(cells) + " |")
    for name, key in [("published way", "published"), ("the same, node_modules there", "installed")]:
        cells = [_spread([sum(one.values()) for one in row[key]], "{:.2f}") for row in projects.values()]
        lines.append(f"| {name}, to the picture, s | " + " | ".join(cells) + " |")
    for name, key in [("published way / ours", "published"), ("the same, node_modules there / ours", "installed")]:
        cells = []
        for row in projects.values():
            ours = median(one["to the first picture"] for one in row["ours"]) / 1e3
            ratio = median(sum(one.values()) for one in row[key]) / ours
            wanted = row["wanted"].get("ratio") if key == "published" else None
            short = wanted is not None and ratio < wanted
            cells.append(f"**{ratio:.0f}, short of {wanted}**" if short else f"{ratio:.0f}")
        lines.append(f"| {name}, to the first picture | " + " | ".join(cells) + " |")
    for name, row in projects.items():
        limit = row["wanted"].get("milliseconds")
        if limit is not None:
            ours = median(one["to the first picture"] for one in row["ours"])
            verdict = "held" if ours <= limit else "**short**"
            lines += ["", f"Wanted: {name} under {limit} ms to the first picture, median: {ours:.0f}, {verdict}."]
    return [*lines, "", f"`{result['command']}`", ""]


def _rewards(result: dict) -> list[str]:
    lines = [
        "## Many completions",
        "",
        _machine(result["machine"]),
        f"Completions that all differ, of {len(result['projects'])} scaffold-sized projects "
        f"({', '.join(result['projects'])}), {result['workers']} workers, start and end of the processes included. "
        f"Wanted: at least {result['at_least']:g} a second. Memory: all processes together and our own alone, MiB, "
        f"highest in each quarter of the run, sampled every {result['every']:g} s.",
        "",
        "| rubric | completions | a second | memory by quarter | own process by quarter |",
        "|---|---:|---:|---:|---:|",
    ]
    for run in result["runs"]:
        rate = run["completions"] / run["seconds"]
        shown = f"{rate:.2f}" if rate >= result["at_least"] else f"**{rate:.2f}, short**"
        quarters, own = (" / ".join(f"{value:.0f}" for value in run[name]) for name in ["quarters", "own"])
        lines.append(f"| {run['rubric']} | {run['completions']} | {shown} | {quarters} | {own} |")
    return [*lines, ""]


def _interaction(result: dict) -> list[str]:
    rounds, keys = result["rounds"], [f"ours@{workers}" for workers in result["workers"]]
    counted = len(rounds[0][result["candidates"][0]]["executor@1"]["replays"])
    lines = [
        "## Seconds an action on interactive pages",
        "",
        _machine(result["machine"]),
        f"{counted} tasks ({result['suite']}) on {len(result['candidates'])} pages each, {len(rounds)} rounds; in "
        "each, ours and the published executor's way on all of them. Opening and actions of a replay over its "
        "actions, median of the replays, then of the rounds; a ratio is formed within a round. At N at once, a replay "
        f"of ours shares the machine with N - 1 others. Wanted: a ratio of at least {result['ratio']:g}.",
        "",
        "| pages | executor | " + " | ".join(f"ours, {workers} at once" for workers in result["workers"])
        + " | " + " | ".join(f"ratio, {workers} at once" for workers in result["workers"]) + " |",
        "|---|" + "---:|" * (1 + 2 * len(keys)),
    ]
    rows = [(name, [name], None) for name in result["candidates"]]
    rows += [("all, tasks that wait for something", result["candidates"], True)]
    rows += [("all, tasks that do not", result["candidates"], False), ("**all**", result["candidates"], None)]
    for name, candidates, waits in rows:
        theirs = [_pace(one, candidates, "executor@1", waits) for one in rounds]
        ours = {key: [_pace(one, candidates, key, waits) for one in rounds] for key in keys}
        cells = [f"{median(theirs):.3f}"] + [f"{median(ours[key]):.3f}" for key in keys]
        for key in keys:
            ratio = median(slow / fast for slow, fast in zip(theirs, ours[key]))
            short = name == "**all**" and ratio < result["ratio"]
            cells.append(f"**{ratio:.1f}, short**" if short else f"{ratio:.1f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")

    walls = {
        key: median(sum(row[key]["wall"] for row in one.values()) for one in rounds) for key in ["executor@1", *keys]
    }
    whole = walls[keys[-1]]
    lines += [
        "",
        f"All {counted * len(result['candidates'])} replays with all that is scored of them, start and end of the "
        "processes included: " + ", ".join(
            f"{walls[key]:.0f} s with {workers} at once" for key, workers in zip(keys, result["workers"])
        ) + f"; the executor, whose pictures nobody scores, {walls['executor@1']:.0f} s. Wanted: under "
        f"{result['seconds']} s with {result['workers'][-1]} at once, "
        + ("held." if whole < result["seconds"] else "**short**."),
        "",
    ]
    return [*lines, *_verdicts(rounds, keys), ""]


def _pace(measured: dict, candidates: list[str], key: str, waits: bool | None) -> float:
    """The median over replays; `waits` takes those of tasks that wait for something, or those that do not."""
    chosen = [
        {task: one for task, one in measured[candidate][key]["replays"].items() if waits in (None, one["waits"])}
        for candidate in candidates
    ]
    return median(seconds for replays in chosen for seconds in pace(replays))


def _verdicts(rounds: list[dict], keys: list[str]) -> list[str]:
    """Whether both stop succeeding at the same action, by task and page."""
    compared = sum(len(row["executor@1"]["replays"]) for one in rounds for row in one.values()) * len(keys)
    found = [
        f"| {number} | {candidate} | {one['task']} | {key} | {one['ours']} | {one['executor']} |"
        for number, measured in enumerate(rounds, 1)
        for candidate, row in measured.items()
        for key in keys
        for one in row[key]["differences"]
    ]
    if not found:
        return [f"Verdicts, the actions that succeed before the first that does not: all {compared} equal."]
    head = ["| round | page | task | | ours | executor |", "|---:|---|---|---|---:|---:|"]
    return [
        f"Verdicts, the actions that succeed before the first that does not: **{len(found)} of {compared} differ**.",
        "", *head, *found,
    ]
