"""The peers of the speed table: the same pages through Playwright and Selenium.

Each run opens every page (a folder with index.html) at 1280x720 on the named browser, writes one full-page
PNG a page, and prints {"pages": N, "seconds": S} as its last line. Where a choice had to be made, it is the
one that makes the peer faster: pages come from disk, names of other hosts fail at once instead of after a
network timeout, a Playwright page is used again instead of isolated, and the browser's start is not counted
unless starting it for every page is the method.
"""

import argparse
import asyncio
import base64
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WIDTH, HEIGHT = 1280, 720
TIMEOUT_SECONDS = 60


def switches() -> list[str]:
    """What every peer's browser is started with beside the tool's own switches."""
    words = ["--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND"]
    if os.geteuid() == 0:
        # These tools have no other way to run as root; it also makes them a little faster.
        words.append("--no-sandbox")
    return words


def address(page: Path) -> str:
    return (page / "index.html").resolve().as_uri()


async def playwright(options: argparse.Namespace) -> float:
    """One browser, as many pages as `concurrency`, each taking the next address when it is free."""
    from playwright.async_api import async_playwright

    waiting = iter(options.pages)

    async def work(tab) -> None:
        for page in waiting:
            await tab.goto(address(page), wait_until=options.wait, timeout=TIMEOUT_SECONDS * 1000)
            await tab.screenshot(path=options.out / f"{page.name}.png", full_page=True)

    started = time.perf_counter()
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(executable_path=options.browser, args=switches())
        context = await browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        tabs = [await context.new_page() for _ in range(options.concurrency)]
        await asyncio.gather(*(work(tab) for tab in tabs))
        seconds = time.perf_counter() - started
        await browser.close()
    return seconds


def photograph_with_selenium(page: Path, options: argparse.Namespace) -> None:
    """Starts a browser for this page alone, as the published evaluation scripts do."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    chosen = webdriver.ChromeOptions()
    chosen.binary_location = options.browser
    for switch in ["--headless", "--disable-gpu", f"--window-size={WIDTH},{HEIGHT}", *switches()]:
        chosen.add_argument(switch)
    driver = webdriver.Chrome(options=chosen, service=Service(options.chromedriver))
    try:
        driver.set_page_load_timeout(TIMEOUT_SECONDS)
        driver.get(address(page))
        if options.sleeps:
            time.sleep(options.sleeps[0])
            driver.find_element(By.TAG_NAME, "body").send_keys(Keys.PAGE_DOWN)
            time.sleep(options.sleeps[1])
        # WebDriver itself only photographs the window.
        size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        area = {"x": 0, "y": 0, "width": WIDTH, "height": max(size["height"], HEIGHT), "scale": 1}
        shot = driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"format": "png", "captureBeyondViewport": True, "clip": area},
        )
        (options.out / f"{page.name}.png").write_bytes(base64.b64decode(shot["data"]))
    finally:
        driver.quit()


def selenium(options: argparse.Namespace) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=options.concurrency) as pool:
        # Walking the results raises what a page raised.
        for _ in pool.map(lambda page: photograph_with_selenium(page, options), options.pages):
            pass
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", choices=["playwright", "selenium"])
    parser.add_argument("pages", nargs="+", type=Path, help="folders with index.html")
    parser.add_argument("--browser", required=True, help="the browser's program")
    parser.add_argument("--out", required=True, type=Path, help="an existing folder for the pictures")
    parser.add_argument("--concurrency", default="1", help="a number, or `default`: Python's own pool size")
    parser.add_argument("--wait", default="load", help="Playwright: load or networkidle")
    parser.add_argument("--chromedriver", help="Selenium: the driver's program")
    parser.add_argument("--sleeps", help="Selenium: seconds after loading, seconds after scrolling: `5,1`")
    options = parser.parse_args()
    if options.sleeps:
        options.sleeps = [float(part) for part in options.sleeps.split(",")]

    if options.tool == "playwright":
        options.concurrency = int(options.concurrency)
        seconds = asyncio.run(playwright(options))
    else:
        options.concurrency = None if options.concurrency == "default" else int(options.concurrency)
        seconds = selenium(options)
    print(json.dumps({"pages": len(options.pages), "seconds": seconds}))


if __name__ == "__main__":
    sys.exit(main())
