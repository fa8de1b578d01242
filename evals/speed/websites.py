"""Completions for the measurement of websites, and the published way from a project to its picture.

A completion is a project of fixtures/projects written as a model writes it, made new by a number: every source
gets a class and a text of its own, so that nothing which was built before can stand in for it.
"""

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

# Large enough for a page, and the window of the published screenshots.
WIDTH, HEIGHT = 1024, 768
START_SECONDS = 120
NO_SOURCE = {"node_modules", "dist", "case.toml"}
BINARY = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".woff", ".woff2", ".ttf", ".ico"}


def files(project: Path) -> dict[str, str]:
    """The text files of a project by their path in it; a binary file cannot be part of a completion."""
    found = {}
    for path in sorted(project.rglob("*")):
        name = path.relative_to(project)
        if path.is_file() and not NO_SOURCE & set(name.parts) and path.suffix not in BINARY:
            if path.name != "package-lock.json":
                found[str(name)] = path.read_text()
    return found


def renewed(path: str, text: str, number: int) -> str:
    """The same source with something that no other number has."""
    if not path.endswith((".tsx", ".jsx")):
        return text
    text = re.sub(r'className="', f'className="scroll-mt-[{number}px] ', text, count=1)
    return f"{text}\n// number {number}\n"


def completion(project: Path, number: int) -> str:
    actions = [
        f'<webAction type="file" filePath="{path}">{renewed(path, text, number)}</webAction>'
        for path, text in files(project).items()
    ]
    shell = '<webAction type="shell">npm install</webAction><webAction type="start">npm run dev</webAction>'
    body = "\n".join([*actions, shell])
    return f'<think>A page.</think>\n<webArtifact id="site-{number}" title="Site {number}">\n{body}\n</webArtifact>'


def write_completions(projects: list[Path], count: int, into: Path, first: int = 0) -> None:
    """`count` completions, taking the projects in turn, as rows of `pageloom reward`."""
    with into.open("w") as out:
        for number in range(first, first + count):
            project = projects[number % len(projects)]
            row = {"id": f"{project.name}-{number}", "completion": completion(project, number)}
            out.write(json.dumps(row) + "\n")


def lay_out(project: Path, into: Path) -> Path:
    """The project in a fresh folder, as the published way unpacks an answer."""
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    for path, text in files(project).items():
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return into


def published_way(folder: Path, browser: str, chromedriver: str, picture: Path, install: bool) -> dict[str, float]:
    """npm install, Vite's dev server, Selenium, a picture of `/`: the seconds of each step. No sleeps: the
    picture is taken as soon as the page shows something, which favours this way over the published scripts."""
    seconds = {}
    started = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal started
        now = time.perf_counter()
        seconds[name], started = now - started, now

    log = (folder.parent / "published.log").open("w")
    if install:
        command = ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        lap("npm install")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    command = ["node", "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_for(address, server)
        lap("dev server")
        _photograph(address, browser, chromedriver, picture)
        lap("browser and picture")
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()
    return seconds


def _wait_for(address: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise SystemExit(f"error: the dev server ended with {server.returncode}\nhint: see published.log")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("error: the dev server does not answer\nhint: see published.log")


def _photograph(address: str, browser: str, chromedriver: str, picture: Path) -> None:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.ui import WebDriverWait

    chosen = webdriver.ChromeOptions()
    chosen.binary_location = browser
    words = ["--headless", "--disable-gpu", f"--window-size={WIDTH},{HEIGHT}", "--hide-scrollbars"]
    if os.geteuid() == 0:
        words.append("--no-sandbox")
    for word in words:
        chosen.add_argument(word)
    driver = webdriver.Chrome(options=chosen, service=Service(chromedriver))
    try:
        driver.set_page_load_timeout(START_SECONDS)
        driver.get(address)
        shows = "const r = document.getElementById('root'); return !!r && r.childElementCount > 0"
        WebDriverWait(driver, START_SECONDS, poll_frequency=0.02).until(lambda d: d.execute_script(shows))
        picture.write_bytes(base64.b64decode(driver.get_screenshot_as_base64()))
    finally:
        driver.quit()
