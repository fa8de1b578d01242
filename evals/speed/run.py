#!/usr/bin/env python3
"""Measures Pageloom beside its peers on the same pages and writes table.md.

  run.py setup                       the peers' Python packages and driver, into target/speed
  run.py throughput [--rounds N]     pages a second of every program in programs.toml
  run.py memory [--renders 50,500]   memory over many renders
  run.py scoring                     what scoring one pair costs, by metric
  run.py websites [--rounds N]       from a completion to its picture and probes, beside the published way
  run.py rewards [--completions N]   completions a second and memory over many completions
  run.py interaction [--rounds N]    seconds an action of interactive pages, beside the published executor's waits
  run.py table                       table.md again from the saved results

Each measurement saves its numbers under target/speed; table.md is written from all that are there.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from statistics import median

import interaction as replays
import pages
import processes
import table
import websites as sites

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WORK = TARGET / "speed"
DRIVER = WORK / "driver" / "usr" / "bin" / "chromedriver"
# The order in which Pageloom looks; the wrapper script of the package is not the program itself.
BROWSERS = ["/usr/lib/chromium/chromium-headless-shell", "chromium-headless-shell", "chrome-headless-shell", "chromium"]


def fail(problem: str, hint: str) -> None:
    raise SystemExit(f"error: {problem}\nhint: {hint}")


def browser() -> str:
    for name in [os.environ.get("PAGELOOM_BROWSER", ""), *BROWSERS]:
        found = shutil.which(name) if name else None
        if found:
            return found
    fail("no browser found", "run scripts/install-deps.sh")


def machine() -> dict:
    version = subprocess.run([browser(), "--version"], capture_output=True, text=True, check=True).stdout
    info = Path("/proc/cpuinfo").read_text().splitlines()
    system = platform.freedesktop_os_release()
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": next((line.split(":", 1)[1].strip() for line in info if "model name" in line), platform.machine()),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": system.get("PRETTY_NAME", platform.platform()),
        "browser": version.strip(),
        "load": os.getloadavg()[0],
    }


def warn_when_busy() -> None:
    if os.getloadavg()[0] > 0.5:
        print(f"warning: the load is {os.getloadavg()[0]:.1f}; wait for an idle machine", file=sys.stderr)


def python() -> Path | None:
    candidate = WORK / "venv" / "bin" / "python"
    return candidate if candidate.is_file() else None


def chromedriver() -> str | None:
    return str(DRIVER) if DRIVER.is_file() else shutil.which("chromedriver")


def setup(_: argparse.Namespace) -> None:
    """Everything stays below target/: nothing of the system is changed, no rights are needed."""
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True)
    pip = [WORK / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"]
    subprocess.run(pip, check=True)
    if chromedriver() is None:
        # Unpacked and not installed: the package would bring a second, whole Chromium.
        download = WORK / "download"
        download.mkdir(exist_ok=True)
        subprocess.run(["apt-get", "download", "-q", "chromium-driver"], cwd=download, check=True)
        package = next(download.glob("chromium-driver_*.deb"))
        subprocess.run(["dpkg", "-x", package, WORK / "driver"], check=True)


def filled(command: list[str], values: dict, page_folders: list[str]) -> list[str]:
    words = []
    for word in command:
        words += page_folders if word == "{pages}" else [word.format(**values)]
    return words


def values(concurrency="1", out: Path = WORK / "out") -> dict:
    return {
        "release": TARGET / "release",
        "python": python() or "python3",
        "here": HERE,
        "browser": browser(),
        "chromedriver": chromedriver() or "chromedriver",
        "concurrency": concurrency,
        "out": out,
    }


def shown(command: list[str]) -> str:
    """A command as the table prints it: no path of this machine."""
    names = {
        "release": "target/release", "python": "python3", "here": "evals/speed", "browser": "chromium-headless-shell",
        "chromedriver": "chromedriver", "concurrency": "N", "out": "OUT",
    }
    return " ".join(filled(command, names, ["$PAGES"]))


def why_absent(program: dict) -> str | None:
    needs = program.get("needs")
    if needs and python() is None:
        return "its Python packages are missing: run.py setup"
    if needs == "chromedriver" and chromedriver() is None:
        return "chromedriver is missing: run.py setup"
    first = filled(program["command"][:1], values(), [])[0]
    return None if shutil.which(first) else f"`{shown(program['command'][:1])}` is not built"


def fresh(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def reported(program: dict, done: processes.Finished) -> dict:
    """What a program took: `pages`, `seconds`, and where it tells, `phases` (seconds, all pages together)."""
    if program.get("clock") != "process":
        lines = processes.json_lines(done.output)
        return lines[-1] if lines else {}
    rows = [row for row in json.loads(done.output) if row["fault"] is None]
    phases: dict[str, float] = {}
    for row in rows:
        for name, seconds in row["phases"]:
            phases[name] = phases.get(name, 0.0) + seconds
    return {"pages": len(rows), "seconds": done.wall_seconds, "phases": phases}


def throughput(options: argparse.Namespace) -> None:
    settings = tomllib.loads((HERE / "programs.toml").read_text())
    only = set(options.only.split(",")) if options.only else None
    programs = [p for p in settings["program"] if only is None or p["id"] in only]
    absent = {p["id"]: why for p in programs if (why := why_absent(p))}
    for name, why in absent.items():
        print(f"skipped: {name}: {why}", file=sys.stderr)
    folders = [str(folder) for folder in pages.prepare(options.pages, WORK / "pages")]
    warn_when_busy()
    about = machine()
    jobs = [
        (program, concurrency)
        for program in programs
        if program["id"] not in absent
        for concurrency in program.get("concurrency", settings["concurrency"])
    ]
    rounds = []
    for number in range(options.rounds):
        # The order turns, so that no program always runs after the same one.
        turn = number * len(jobs) // max(options.rounds, 1)
        outcomes = {}
        for program, concurrency in jobs[turn:] + jobs[:turn]:
            key = f"{program['id']}@{concurrency}"
            out = fresh(WORK / "out")
            command = filled(program["command"], values(str(concurrency), out), folders)
            done = processes.run(command, WORK / "stderr.txt")
            report = reported(program, done)
            pictures = len(list(out.glob("**/*.png")))
            if report.get("pages") != len(folders) or pictures != len(folders):
                fail(
                    f"{key} says {report.get('pages')} pages and wrote {pictures} pictures of {len(folders)} pages",
                    "see the top of programs.toml for what a program must print and write",
                )
            outcomes[key] = report
            print(f"round {number + 1} {key}: {report['pages'] / report['seconds']:.2f} a second", file=sys.stderr)
        rounds.append(outcomes)
        # Saved after each round: an interrupted measurement is still one of fewer rounds.
        save("throughput", {
            "machine": about,
            "pages": len(folders),
            "sources": [f"{source.parent.name}/{source.name}" for source in options.pages],
            "concurrency": settings["concurrency"],
            "programs": [{"id": p["id"], "name": p["name"], "shown": shown(p["command"])} for p in programs],
            "claims": settings["claim"],
            "absent": absent,
            "rounds": rounds,
        })


def memory(options: argparse.Namespace) -> None:
    program = tomllib.loads((HERE / "programs.toml").read_text())["memory"]
    if why := why_absent(program):
        fail(f"cannot measure memory: {why}", "run: cargo build --release")
    originals = pages.prepare(options.pages, WORK / "pages")
    about, rows = machine(), []
    for renders in sorted(int(part) for part in options.renders.split(",")):
        folders = [str(folder) for folder in pages.repeat(originals, renders, WORK / "repeated")]
        command = filled(program["command"], values(out=fresh(WORK / "out")), folders)
        done = processes.run(command, WORK / "stderr.txt", sample_every=options.every)
        samples = done.samples
        if len(samples) < 10:
            fail(f"{renders} renders gave {len(samples)} samples", "a smaller --every")
        quarter = len(samples) // 4
        row = {
            "renders": renders,
            "seconds": done.wall_seconds,
            "peak": max(s.whole for s in samples),
            "second_quarter": max(s.whole for s in samples[quarter : 2 * quarter]),
            "last_quarter": max(s.whole for s in samples[-quarter:]),
            "own_peak": max(s.own for s in samples),
        }
        print(json.dumps(row), file=sys.stderr)
        rows.append(row)
        save("memory", {"machine": about, "command": shown(program["command"]), "every": options.every, "rows": rows})
    shutil.rmtree(WORK / "repeated", ignore_errors=True)
    shutil.rmtree(WORK / "out", ignore_errors=True)


def scoring(options: argparse.Namespace) -> None:
    program = tomllib.loads((HERE / "programs.toml").read_text())["scoring"]
    if why := why_absent(program):
        fail(f"cannot measure scoring: {why}", "run: cargo build --release --examples")
    folders = [str(folder) for folder in pages.prepare(options.pages, WORK / "pages")]
    about = machine()
    done = processes.run(filled(program["command"], values(), folders), WORK / "stderr.txt")
    pairs = [line["milliseconds"] for line in processes.json_lines(done.output) if "milliseconds" in line]
    if not pairs:
        fail("the scoring program printed no pair", "see [scoring] in programs.toml for what it must print")
    names = sorted({name for pair in pairs for name in pair})
    times = {name: [pair[name] for pair in pairs if name in pair] for name in names}
    totals = [sum(pair.values()) for pair in pairs]
    save("scoring", {
        "machine": about,
        "pairs": len(pairs),
        "metrics": {name: {"median": median(v), "highest": max(v)} for name, v in times.items()},
        "total": {"median": median(totals), "highest": max(totals)},
    })


def project(name: str) -> Path:
    return ROOT / "fixtures" / "projects" / name


def rewarded(settings: dict, file: Path, concurrency: int, sample_every: float | None = None, more: tuple[str, ...] = ()):
    """`pageloom reward` on a file of completions: its rows, and the run itself."""
    words = [word.replace("{file}", str(file)) for word in settings["command"]] + [*more]
    command = filled(words, values(str(concurrency), fresh(WORK / "out")), [])
    done = processes.run(command, WORK / "stderr.txt", sample_every)
    rows = processes.json_lines(done.output)
    for row in rows:
        if row["fault"] is not None or row["builder"] != "fast":
            fail(f"{row['id']} came to {row['stage']}: {row['fault']}", "warm the store: pageloom deps warm")
    return rows, done


def steps_of(row: dict) -> dict[str, float]:
    """Milliseconds of a row of `pageloom reward` by stage."""
    steps = row["steps"]
    stages = {name: steps[name] for name in ["extract", "comply", "build"]}
    stages["picture"] = steps["first_screenshot"]
    to_picture = sum(stages.values())
    stages |= {"other routes and windows": steps["routes"] - steps["first_screenshot"]}
    return stages | {
        "all probes": steps["probes"] - steps["routes"],
        "score": steps["score"],
        "to the first picture": to_picture,
        "all": row["millis"],
    }


def websites(options: argparse.Namespace) -> None:
    settings = tomllib.loads((HERE / "programs.toml").read_text())["websites"]
    if chromedriver() is None or python() is None:
        fail("the published way cannot be measured", "run.py setup")
    if python() != Path(sys.executable):
        # Selenium is in there.
        os.execv(python(), [str(python()), *sys.argv])
    warn_when_busy()
    about, results = machine(), {}
    work = WORK / "websites"
    for name in settings["projects"]:
        folder = sites.lay_out(project(name), work / "published")
        # The first installation fills npm's cache and is not counted.
        way = (browser(), chromedriver(), WORK / "published.png")
        sites.published_way(folder, *way, install=True)
        published, installed, ours, alone = [], [], [], []
        for number in range(options.rounds):
            folder = sites.lay_out(project(name), work / "published")
            published.append(sites.published_way(folder, *way, install=True))
            installed.append(sites.published_way(folder, *way, install=False))
            file = work / "completions.jsonl"
            sites.write_completions([project(name)], settings["completions"], file, first=1000 * number)
            rows, _ = rewarded(settings, file, 1)
            ours += [steps_of(row) for row in rows[settings["uncounted"] :]]
            sites.write_completions([project(name)], 1, file, first=1000 * number + 999)
            _, done = rewarded(settings, file, 1)
            alone.append(done.wall_seconds)
            whole = median(sum(one.values()) for one in published)
            print(f"round {number + 1} {name}: published {whole:.2f} s, ours "
                  f"{median(one['to the first picture'] for one in ours):.0f} ms", file=sys.stderr)
        results[name] = {
            "files": len(sites.files(project(name))), "published": published, "installed": installed,
            "ours": ours, "alone": alone, "wanted": settings.get("wanted", {}).get(name, {}),
        }
        save("websites", {"machine": about, "rounds": options.rounds, "projects": results, "command":
             shown([word.replace("{file}", "FILE.jsonl") for word in settings["command"]])})


def rewards(options: argparse.Namespace) -> None:
    settings = tomllib.loads((HERE / "programs.toml").read_text())
    plan = settings["rewards"]
    warn_when_busy()
    about = machine()
    file = WORK / "completions.jsonl"
    projects = [project(name) for name in plan["projects"]]
    count = options.completions or plan["completions"]
    sites.write_completions(projects, count, file)
    runs = []
    for rubric in plan["rubrics"]:
        more = ("--rubric", rubric)
        rows, done = rewarded(settings["websites"], file, plan["workers"], options.every, more)
        samples, quarter = done.samples, len(done.samples) // 4
        runs.append({
            "rubric": rubric,
            "completions": len(rows),
            "seconds": done.wall_seconds,
            "peak": max(s.whole for s in samples),
            "quarters": [max(s.whole for s in samples[i * quarter : (i + 1) * quarter]) for i in range(4)],
            "own": [max(s.own for s in samples[i * quarter : (i + 1) * quarter]) for i in range(4)],
        })
        print(f"{rubric}: {len(rows) / done.wall_seconds:.2f} a second", file=sys.stderr)
    save("rewards", {"machine": about, "every": options.every, "runs": runs} | {
        name: plan[name] for name in ["projects", "workers", "at_least"]
    })


def interaction(options: argparse.Namespace) -> None:
    plan = tomllib.loads((HERE / "programs.toml").read_text())["interaction"]
    suite = ROOT / plan["suite"]
    for program in (plan["ours"], plan["executor"]):
        if why := why_absent(program):
            fail(f"the executor's way cannot be measured: {why}", "run.py setup; cargo build --release")
    if not list(suite.glob("*.jsonl")):
        hint = "pageloom record --out {0}/tasks.jsonl {0}/scripts/*/script.toml"
        fail(f"{plan['suite']} has no recorded tasks", hint.format(plan["suite"]))
    warn_when_busy()
    about, rounds = machine(), []

    def run(name: str, candidate: str, workers: int) -> tuple[processes.Finished, Path]:
        out = fresh(WORK / "out")
        model = "baseline:oracle" if candidate == "oracle" else f"replay:{suite / 'candidates' / candidate}"
        filling = values(str(workers), out) | {"suite": suite, "candidate": candidate, "model": model}
        command = [word.format(**filling) for word in plan[name]["command"]]
        return processes.run(command, WORK / "stderr.txt"), out

    for number in range(options.rounds):
        measured = {}
        for candidate in plan["candidates"]:
            jobs = [("ours", workers) for workers in plan["workers"]] + [("executor", 1)]
            row = measured[candidate] = {}
            # The order turns, so that none always runs after the same one.
            for name, workers in jobs[number % len(jobs) :] + jobs[: number % len(jobs)]:
                done, out = run(name, candidate, workers)
                if name == "ours":
                    found = replays.of_run(out)
                else:
                    found = replays.of_executor(processes.json_lines(done.output)[-1])
                row[f"{name}@{workers}"] = {"wall": done.wall_seconds, "replays": found}
            shown = ", ".join(f"{key} {median(replays.pace(one['replays'])):.3f}" for key, one in row.items())
            print(f"round {number + 1} {candidate}: seconds an action: {shown}", file=sys.stderr)
            for key in row.keys() - {"executor@1"}:
                row[key]["differences"] = replays.differences(row[key]["replays"], row["executor@1"]["replays"])
                for one in row[key]["differences"]:
                    print(f"  {key}: {one}", file=sys.stderr)
        rounds.append(measured)
        save("interaction", {"machine": about, "rounds": rounds} | {
            name: plan[name] for name in ["suite", "candidates", "workers", "ratio", "seconds"]
        })


def save(name: str, result: dict) -> None:
    (WORK / f"{name}.json").write_text(json.dumps(result, indent=1))
    write_table()


def write_table(_: argparse.Namespace | None = None) -> None:
    names = ["throughput", "memory", "scoring", "websites", "rewards", "interaction"]
    found = {name: WORK / f"{name}.json" for name in names}
    results = {name: json.loads(file.read_text()) for name, file in found.items() if file.is_file()}
    (HERE / "table.md").write_text(table.write(results))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chores = parser.add_subparsers(required=True, metavar="MEASUREMENT")
    for chore in [setup, throughput, memory, scoring, websites, rewards, interaction, write_table]:
        sub = chores.add_parser("table" if chore is write_table else chore.__name__)
        sub.set_defaults(chore=chore)
        if chore in (throughput, memory, scoring):
            sub.add_argument("--pages", type=Path, action="append", help="a folder of pages; may be repeated")
        if chore is throughput:
            sub.add_argument("--rounds", type=int, default=5)
            sub.add_argument("--only", help="programs, such as a,b,c")
        if chore is websites:
            sub.add_argument("--rounds", type=int, default=5)
        if chore is interaction:
            sub.add_argument("--rounds", type=int, default=3)
        if chore is rewards:
            sub.add_argument("--completions", type=int)
        if chore is memory:
            sub.add_argument("--renders", default="50,500,5000")
        if chore in (memory, rewards):
            sub.add_argument("--every", type=float, default=0.5, help="seconds between samples")
    options = parser.parse_args()
    if getattr(options, "pages", True) is None:
        options.pages = [ROOT / "suites" / "pages"]
    if hasattr(options, "pages"):
        options.pages = [source.resolve() for source in options.pages]
    WORK.mkdir(parents=True, exist_ok=True)
    options.chore(options)


if __name__ == "__main__":
    main()
