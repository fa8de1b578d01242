"""What the executor does on a page with Playwright: finds the element that a task's `target` means, does an action, and
evaluates a `check`. Knows nothing of tasks, waits and pictures of them.
"""

import asyncio
import json
import re
import time
from pathlib import Path

MOVED_PIXELS = 5
LOOK_AGAIN = 0.1
# Actions on the window, or on what has the focus.
WITHOUT_ELEMENT = {"Type", "Press", "Scroll", "GoBack", "Resize", "Wait"}


class NotDone(Exception):
    """An action that could not be done."""


# Elements.


async def fitting(page, target: dict, visible: bool = True):
    """The elements that a target means, as a locator; by the exact name or text where there is such a one."""
    if "section" in target:
        raise SystemExit("error: a target has a `section`\nhint: on_page.py finds by role, name, text, near and order")
    for exact in [True, False]:
        found = found_in(page, target, exact)
        if "near" in target:
            # The smallest group with both in it is the last one in the document's order.
            group = page.locator("*", has=found_in(page, target, exact), has_text=target["near"]).last
            found = found_in(group, target, exact)
        if visible:
            found = found.filter(visible=True)
        if await found.count():
            break
    if "ordinal" in target:
        order = target["ordinal"]
        found = found.nth(order - 1 if order > 0 else order)
    return found


def found_in(scope, target: dict, exact: bool):
    role, name, text, hint = (target.get(key) for key in ["role", "name", "text", "placeholder"])
    parts = []
    if role:
        parts.append(scope.get_by_role(role, **({"name": name, "exact": exact} if name else {})))
    elif name:
        parts.append(scope.get_by_label(name, exact=exact))
    if hint:
        parts.append(scope.get_by_placeholder(hint, exact=exact))
    if not parts:
        return scope.get_by_text(text, exact=exact)
    found = parts[0]
    for part in parts[1:]:
        found = found.and_(part)
    return found.filter(has_text=text) if text else found


async def one(page, target: dict, visible: bool = True):
    found = await fitting(page, target, visible)
    if not await found.count():
        raise NotDone(f"nothing is {target}")
    return found.first


# Actions.

SCROLL = """(start, [x, y]) => {
  const scrolls = e => e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY);
  const box = start && [start, ...start.querySelectorAll('*')].find(scrolls);
  (box || document.scrollingElement).scrollBy(x, y);
}"""
POSITIONS = """() => [...document.querySelectorAll('*')]
  .reduce((sum, e) => sum + e.scrollTop + Math.abs(e.scrollLeft), 0)"""


async def act(page, action: dict, files: dict[str, Path]) -> None:
    """Does an action, but for the wait after it."""
    kind, given, target = action["type"], action.get("parameters", {}), action.get("target")
    if target is None and kind not in WITHOUT_ELEMENT:
        raise SystemExit(f"error: a {kind} has no `target`\nhint: without a model, on_page.py finds nothing by words")
    element = await one(page, target, visible=kind != "Upload") if target else None
    if element and kind != "Hover" and not await element.is_enabled():
        raise NotDone("it is disabled")
    if kind == "Click":
        await element.click()
    elif kind == "DoubleClick":
        await element.dblclick()
    elif kind == "RightClick":
        await element.click(button="right")
    elif kind == "Hover":
        await element.hover()
    elif kind == "Type":
        if element:
            await element.click()
        await page.keyboard.type(given["text"])
    elif kind == "Clear":
        await element.clear()
    elif kind == "Press":
        if element:
            await element.focus()
        await page.keyboard.press(given["key"])
    elif kind == "Scroll":
        far = given.get("scroll_page", 0.5)
        size = page.viewport_size
        x, y = {"down": (0, far), "up": (0, -far), "left": (-far, 0), "right": (far, 0)}[given.get("direction", "down")]
        by = [x * size["width"], y * size["height"]]
        await (element.evaluate(SCROLL, by) if element else page.evaluate(f"by => ({SCROLL})(null, by)", by))
    elif kind == "Drag":
        await element.drag_to(await one(page, given["to_target"]))
    elif kind == "Select":
        await choose(page, element, given["option"])
    elif kind == "Upload":
        await element.set_input_files(files[given["file"]])
    elif kind == "GoBack":
        await page.go_back()
    elif kind == "Resize":
        await page.set_viewport_size(given["viewport"])
    elif kind == "Wait":
        await wait(page, given)
    else:
        raise SystemExit(f"error: there is no action {kind}\nhint: see crates/schema/src/action.rs")


async def scrolled(page) -> float:
    """Grows and falls with every position of scrolling on the page."""
    return await page.evaluate(POSITIONS)


async def choose(page, element, option: str) -> None:
    if await element.evaluate("e => e.tagName") == "SELECT":
        if not await element.locator("option").filter(has_text=option).count():
            raise NotDone(f"there is no option {option}")
        await element.select_option(label=option)
        return
    await element.click()
    await (await one(page, {"role": "option", "name": option})).click()


async def wait(page, given: dict) -> None:
    """Real time: there is no other in this method."""
    limit = given.get("milliseconds", 5000) / 1000
    if "condition" not in given:
        await asyncio.sleep(limit)
        return
    until = time.perf_counter() + limit
    while not await holds(page, given["condition"], {}, []):
        if time.perf_counter() > until:
            raise NotDone("what was waited for did not come")
        await asyncio.sleep(LOOK_AGAIN)


# Checks.

# Every element by itself: words of neighbours stand together in a page's text without a space between them.
SHOWN = """e => {
  const seen = [e, ...e.querySelectorAll('*')].filter(one => one.checkVisibility({ visibilityProperty: true }));
  const fields = seen.filter(one => one.matches('input, textarea') && one.type !== 'password');
  return [...seen.map(one => one.innerText || ''), ...fields.map(field => field.value || field.placeholder || '')];
}"""
# With what stands out of it: an element around a placed one has no size of its own.
BOX = """e => {
  const all = [e, ...e.querySelectorAll('*')].map(one => one.getBoundingClientRect());
  const boxes = all.filter(box => box.width * box.height);
  const x = Math.max(0, Math.min(...boxes.map(box => box.left)));
  const y = Math.max(0, Math.min(...boxes.map(box => box.top)));
  const width = Math.min(innerWidth, Math.max(...boxes.map(box => box.right))) - x;
  const height = Math.min(innerHeight, Math.max(...boxes.map(box => box.bottom))) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}"""
STATE = """(e, state) => {
  const aria = e.getAttribute('aria-' + state);
  if (state === 'focused') return e === document.activeElement;
  if (aria !== null) return aria === 'true';
  if (state === 'checked') return !!e.checked;
  if (state === 'selected') return !!e.selected;
  if (state === 'expanded') return !!(e.open || e.closest('details')?.open);
  return false;
}"""


def plain(text: str) -> str:
    text = re.sub(r"[\u200b-\u200d\u2060\ufeff\u00ad]", "", text)
    text = text.translate(str.maketrans("\u2212\u2018\u2019\u201c\u201d", "-''\"\""))
    return re.sub(r"\s+", " ", text).strip().lower()


def stands_in(whole: str, part: str) -> bool:
    """As a part; a number at its ends is a whole number there."""
    part = plain(part)
    before = r"(?<![0-9a-z-])(?<!\d[.,])" if re.match(r"[$€£¥₹]?\d", part) else ""
    after = r"(?![0-9a-z])(?![.,]\d)" if part[-1:].isdigit() else ""
    return re.search(before + re.escape(part) + after, plain(whole)) is not None


async def holds(page, check: dict, before: dict[str, bytes], errors: list[str]) -> bool:
    """Whether a check holds now; `before`: the regions that it may ask for, `errors`: those since the action began."""
    kind = check["kind"]
    if kind in ("text_visible", "text_absent"):
        scope = await fitting(page, check["within"]) if check.get("within") else page.locator("body")
        texts = [text for element in await scope.all() for text in await element.evaluate(SHOWN)]
        return any(stands_in(text, check["text"]) for text in texts) == (kind == "text_visible")
    if kind == "url":
        return stands_in(page.url, check["contains"])
    if kind == "storage":
        read = "([area, key]) => window[area + 'Storage'].getItem(key)"
        value = await page.evaluate(read, [check["area"], check["key"]])
        return value is not None and check.get("contains", "") in value
    if kind == "no_console_error":
        return not errors
    if kind == "region_changed":
        return (await region(page, check) != before.get(json.dumps(check))) == check.get("changed", True)
    if kind not in ("value", "state", "attribute", "style", "count", "visible", "hidden", "enabled", "disabled"):
        raise SystemExit(f"error: there is no check {kind}\nhint: see crates/schema/src/action.rs")
    found = await fitting(page, check["target"])
    if kind == "count":
        return await found.count() == check["count"]
    if kind in ("visible", "hidden"):
        return (await found.count() > 0) == (kind == "visible")
    if not await found.count():
        # Boxes and switches are often drawn by something else, and hidden themselves.
        found = await fitting(page, check["target"], visible=False)
    outcomes = [await has(element, check) for element in await found.all()]
    return bool(outcomes) and all(outcomes)


async def has(element, check: dict) -> bool:
    kind = check["kind"]
    if kind in ("enabled", "disabled"):
        return await element.is_enabled() == (kind == "enabled")
    if kind == "state":
        return await element.evaluate(STATE, check["state"]) == check["is"]
    if kind == "value":
        return plain(await element.input_value()) == plain(check["value"])
    if kind == "style":
        value = await element.evaluate("(e, name) => getComputedStyle(e).getPropertyValue(name)", check["property"])
        return plain(value) == plain(check["value"])
    value = await element.get_attribute(check["name"])
    return value is not None and plain(value) == plain(check.get("value", value))


async def region(page, check: dict) -> bytes | None:
    """The picture of an element, or of the window."""
    if not check.get("target"):
        return await page.screenshot()
    found = await fitting(page, check["target"], visible=False)
    box = await found.first.evaluate(BOX) if await found.count() else None
    return await page.screenshot(clip=box) if box else None
