#!/usr/bin/env python3
"""Fetches the applications of apps.toml and lays them out as folders that work offline.

  fetch.py OUT [NAME ...]     all of them, or those named: OUT/NAME/index.html

Needs npm and its registry the first time; what was fetched stays in OUT/.packages and is used again. Every archive
is checked against the integrity in apps.toml; nothing is installed and no script of a package is run. OUT/NAME is
written anew each time.
"""

import argparse
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The frame of the collection's website, not a part of an application.
FRAME = re.compile(r"[ \t]*<script[^>]*\bsrc=\"[^\"]*todomvc-common/base\.js\"[^>]*></script>\n?")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# What a page loads, as against where a link leads.
LOADED = re.compile(
    r"<(?:script|img|iframe)\b[^>]*\bsrc=[\"']?([^\"'\s>]+)|<link\b[^>]*\bhref=[\"']?([^\"'\s>]+)", re.IGNORECASE
)


def fail(problem: str, hint: str) -> None:
    raise SystemExit(f"error: {problem}\nhint: {hint}")


def npm(*words: str, within: Path) -> str:
    try:
        done = subprocess.run(["npm", *words], cwd=within, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        fail("`npm` is not there", "install Node with npm; scripts/install-deps.sh does")
    if done.returncode != 0:
        said = done.stderr.strip()
        fail(f"`npm {' '.join(words)}` ended with {done.returncode}:\n{said}", "it needs the npm registry once")
    return done.stdout


class Packages:
    """The archives of apps.toml, fetched and unpacked when they are first asked for."""

    def __init__(self, listed: list[dict], store: Path) -> None:
        self.listed = {package["name"]: package for package in listed}
        self.store = store
        self.checked: dict[str, Path] = {}

    def folder(self, name: str) -> Path:
        if name not in self.checked:
            self.checked[name] = self.unpacked(self.listed[name])
        return self.checked[name]

    def unpacked(self, package: dict) -> Path:
        exact = f"{package['name']}@{package['version']}"
        archive = self.store / f"{exact}.tgz"
        if not archive.is_file():
            print(f"{exact}: fetching", file=sys.stderr)
            made = json.loads(npm("pack", exact, "--ignore-scripts", "--json", within=self.store))
            (self.store / made[0]["filename"]).rename(archive)
        algorithm, wanted = package["integrity"].split("-", 1)
        found = base64.b64encode(hashlib.new(algorithm, archive.read_bytes()).digest()).decode()
        if found != wanted:
            fail(f"`{archive.name}` is {algorithm}-{found}, not {package['integrity']}", "delete it and fetch it again")
        folder = self.store / exact
        if folder.exists():
            shutil.rmtree(folder)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        # Most archives have one folder named `package`, some have another.
        inner = next(path for path in sorted(folder.iterdir()) if path.is_dir())
        manifest = json.loads((inner / "package.json").read_text(encoding="utf-8"))
        if (manifest["name"], manifest["version"]) != (package["name"], package["version"]):
            fail(f"`{archive.name}` holds {manifest['name']}@{manifest['version']}", "correct apps.toml")
        if licence_of(manifest) != (None if "licence_in" in package else package["licence"]):
            fail(f"`{exact}` says its licence is {licence_of(manifest)}", "correct apps.toml")
        if "licence_in" in package and not (inner / package["licence_in"]).is_file():
            fail(f"`{exact}` has no `{package['licence_in']}`", "correct apps.toml")
        return inner


def licence_of(manifest: dict) -> str | None:
    """What a package.json says, in the form of today or of its time."""
    older = manifest.get("licenses") or [{}]
    older = older if isinstance(older, dict) else older[0]
    return manifest.get("license") or older.get("type")


def unpack(app: dict, packages: Packages, into: Path) -> None:
    shutil.copytree(packages.folder(app["package"]) / app["folder"], into, dirs_exist_ok=True)
    outside = app.get("outside", {})
    for name, source in (app.get("files", {}) | outside).items():
        package, path = source.split(":", 1)
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages.folder(package) / path, target)
    page = into / "index.html"
    text = page.read_text(encoding="utf-8")
    for old, new in app.get("replace", {}).items():
        if old not in text:
            fail(f"the page of `{app['name']}` does not have `{old}`", "correct its `replace` in apps.toml")
        text = text.replace(old, new)
    for name in outside:
        elsewhere = re.compile(rf'(?:crossorigin )?src="(?:https?:)?//[^"]*/{re.escape(name)}"')
        text, found = elsewhere.subn(f'src="{name}"', text)
        if not found:
            fail(f"the page of `{app['name']}` loads no `{name}` from elsewhere", "correct its `outside` in apps.toml")
    page.write_text(FRAME.sub("", text), encoding="utf-8")


def check_offline(app: dict, folder: Path) -> None:
    """All that the page itself loads has to lie in its folder."""
    text = COMMENT.sub("", (folder / "index.html").read_text(encoding="utf-8"))
    for source, link in LOADED.findall(text):
        address = source or link
        if "//" in address or address.startswith("/") or not (folder / address).resolve().is_relative_to(folder):
            fail(f"the page of `{app['name']}` loads `{address}` from elsewhere", "add it to `replace` in apps.toml")
        if not (folder / address).is_file():
            fail(f"the page of `{app['name']}` loads `{address}`, which is not there", "add it to `files` in apps.toml")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    listed = tomllib.loads((HERE / "apps.toml").read_text(encoding="utf-8"))
    known = [app["name"] for app in listed["app"]]
    for name in given.names:
        if name not in known:
            fail(f"there is no `{name}`", f"one of: {', '.join(known)}")
    out = given.out.resolve()
    store = out / ".packages"
    store.mkdir(parents=True, exist_ok=True)
    packages = Packages(listed["package"], store)
    for app in listed["app"]:
        if given.names and app["name"] not in given.names:
            continue
        fresh = store / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        unpack(app, packages, fresh)
        check_offline(app, fresh)
        folder = out / app["name"]
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        print(folder / "index.html")


if __name__ == "__main__":
    main()
