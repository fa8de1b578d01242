"""Paints the raster images of the bundled pages.

Owns nothing but pictures: every image is drawn from fixed seeds and written next to the page that
shows it. The painted files are committed, so this is only run when a picture is to change:

    python3 suites/pages/make_assets.py        (needs numpy and Pillow)
"""

import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

ROOT = pathlib.Path(__file__).resolve().parent
SCALE = 2


def rgb(text):
    """`#rrggbb` as three ints."""
    text = text.lstrip("#")
    return tuple(int(text[i : i + 2], 16) for i in (0, 2, 4))


def vertical_gradient(width, height, *stops):
    """An image fading from the first colour at the top through the others."""
    stops = [np.array(rgb(s), dtype=float) for s in stops]
    at = np.linspace(0, len(stops) - 1, height)
    low = np.clip(np.floor(at).astype(int), 0, len(stops) - 2)
    part = (at - low)[:, None]
    table = np.array(stops)
    rows = table[low] * (1 - part) + table[low + 1] * part
    return Image.fromarray(np.repeat(rows[:, None, :], width, axis=1).round().astype("uint8"))


def ridge(rng, width, base, height, rough):
    """Heights of one mountain or dune line, one a pixel column."""
    x = np.linspace(0, 1, width)
    y = np.zeros(width)
    for octave in range(1, 6):
        y += np.sin(x * 6.283 * octave * rng.uniform(0.6, 1.6) + rng.uniform(0, 6.283)) / octave**rough
    return base - height * y


def finish(image, width, height, path, quality=74, grain=2.2, seed=0):
    """Scales down, adds a little film grain, and writes."""
    image = image.convert("RGB").resize((width, height), Image.LANCZOS)
    if grain and path.endswith(".jpg"):
        rng = np.random.default_rng(seed + 999)
        noise = rng.normal(0, grain, (height, width, 1))
        image = Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype("uint8"))
    target = ROOT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.endswith(".jpg"):
        image.save(target, quality=quality, optimize=True)
    else:
        image.quantize(64).save(target, optimize=True)


def hills(path, size, seed, sky, layers, sun=None, rough=1.3, trees=False, water=None):
    """Layered hills under a sky; `layers` are colours far to near."""
    width, height = size[0] * SCALE, size[1] * SCALE
    rng = np.random.default_rng(seed)
    image = vertical_gradient(width, height, *sky)
    draw = ImageDraw.Draw(image)
    if sun:
        cx, cy, r, colour = sun
        glow = Image.new("L", (width, height), 0)
        ImageDraw.Draw(glow).ellipse(
            [cx * width - 3 * r * height, cy * height - 3 * r * height, cx * width + 3 * r * height, cy * height + 3 * r * height], fill=110
        )
        glow = glow.filter(ImageFilter.GaussianBlur(height * 0.09))
        image.paste(Image.new("RGB", image.size, rgb(colour)), (0, 0), glow)
        draw = ImageDraw.Draw(image)
        draw.ellipse([cx * width - r * height, cy * height - r * height, cx * width + r * height, cy * height + r * height], fill=rgb(colour))
    count = len(layers)
    for index, colour in enumerate(layers):
        base = height * (0.45 + 0.5 * index / count)
        line = ridge(rng, width, base, height * (0.085 - 0.03 * index / count), rough)
        points = [(x, float(line[x])) for x in range(0, width, 2)]
        draw.polygon([(0, height), *points, (width, height)], fill=rgb(colour))
        if trees and index >= count - 2:
            for _ in range(70):
                x = int(rng.integers(0, width))
                h = height * rng.uniform(0.05, 0.12)
                y = float(line[x]) + 3
                draw.polygon([(x - h * 0.22, y), (x, y - h), (x + h * 0.22, y)], fill=rgb(colour))
    if water:
        top = int(height * 0.72)
        mirror = image.crop((0, top - (height - top), width, top)).transpose(Image.FLIP_TOP_BOTTOM)
        mirror = Image.blend(mirror.filter(ImageFilter.GaussianBlur(5)), Image.new("RGB", mirror.size, rgb(water)), 0.45)
        image.paste(mirror, (0, top))
        draw = ImageDraw.Draw(image)
        for _ in range(90):
            y = int(rng.integers(top + 6, height))
            x = int(rng.integers(0, width))
            w = int(rng.integers(20, 160))
            draw.line([(x, y), (x + w, y)], fill=tuple(min(255, c + 28) for c in rgb(water)), width=2)
    finish(image, *size, path, seed=seed)


def city(path, size, seed, sky, tones, window):
    """A skyline of boxes with lit windows."""
    width, height = size[0] * SCALE, size[1] * SCALE
    rng = np.random.default_rng(seed)
    image = vertical_gradient(width, height, *sky)
    draw = ImageDraw.Draw(image)
    for index, tone in enumerate(tones):
        x = -20
        while x < width:
            w = int(rng.integers(50, 150))
            top = int(height * rng.uniform(0.22 + 0.16 * index, 0.5 + 0.16 * index))
            draw.rectangle([x, top, x + w, height], fill=rgb(tone))
            if index:
                for wy in range(top + 16, height - 10, 26):
                    for wx in range(x + 12, x + w - 14, 22):
                        if rng.random() < 0.42:
                            draw.rectangle([wx, wy, wx + 9, wy + 13], fill=rgb(window))
            x += w + int(rng.integers(0, 12))
    finish(image, *size, path, seed=seed)


def vessel(path, size, seed, wall, table, body, shade, kind, light="#ffffff"):
    """One glazed pot on a table: `kind` is bowl, vase, cup, jug, plate or bottle."""
    width, height = size[0] * SCALE, size[1] * SCALE
    image = vertical_gradient(width, height, *wall)
    draw = ImageDraw.Draw(image)
    line = int(height * 0.7)
    image.paste(vertical_gradient(width, height - line, *table), (0, line))
    profiles = {
        "bowl": (0.46, [(0, 0.9), (0.1, 0.97), (0.3, 1), (0.55, 0.86), (0.8, 0.56), (0.92, 0.4), (1, 0.42)], 0.62),
        "vase": (0.16, [(0, 0.42), (0.07, 0.34), (0.2, 0.36), (0.4, 0.78), (0.6, 1), (0.8, 0.86), (1, 0.5)], 0.44),
        "cup": (0.38, [(0, 0.8), (0.3, 0.8), (0.7, 0.78), (0.92, 0.68), (1, 0.58)], 0.42),
        "jug": (0.24, [(0, 0.6), (0.15, 0.48), (0.35, 0.66), (0.65, 0.9), (0.88, 0.84), (1, 0.68)], 0.46),
        "plate": (0.62, [(0, 1), (0.35, 0.92), (0.75, 0.6), (1, 0.5)], 0.8),
        "bottle": (0.1, [(0, 0.26), (0.05, 0.2), (0.3, 0.22), (0.42, 0.62), (0.6, 0.72), (0.95, 0.72), (1, 0.66)], 0.4),
    }
    top, profile, wide = profiles[kind]
    bottom, cx = 0.82 * height, width / 2
    top *= height
    half = wide * width / 2
    shadow = Image.new("L", image.size, 0)
    ImageDraw.Draw(shadow).ellipse([cx - half * 0.8, bottom - height * 0.05, cx + half * 1.35, bottom + height * 0.06], fill=120)
    shadow = shadow.filter(ImageFilter.GaussianBlur(width * 0.03))
    image.paste(Image.new("RGB", image.size, (25, 20, 18)), (0, 0), shadow)
    ys = np.array([p[0] for p in profile])
    rs = np.array([p[1] for p in profile])
    mask = Image.new("L", image.size, 0)
    mdraw = ImageDraw.Draw(mask)
    if kind in ("cup", "jug"):
        hx = cx + half * 0.72
        mdraw.ellipse([hx, top + (bottom - top) * 0.25, hx + half * 0.7, top + (bottom - top) * 0.75], outline=255, width=int(width * 0.035))
    for y in range(int(top), int(bottom)):
        r = float(np.interp((y - top) / (bottom - top), ys, rs)) * half
        mdraw.line([(cx - r, y), (cx + r, y)], fill=255)
    mdraw.ellipse([cx - rs[-1] * half, bottom - height * 0.02, cx + rs[-1] * half, bottom + height * 0.02], fill=255)
    mdraw.ellipse([cx - rs[0] * half, top - height * 0.03, cx + rs[0] * half, top + height * 0.03], fill=255)
    x = np.linspace(-1, 1, width)[None, :] * (width / 2) / half
    light_at = np.clip(0.62 + 0.5 * np.exp(-((x + 0.4) ** 2) / 0.12) - 0.55 * np.clip(x, 0, 1.4), 0, 1.15)
    dip = np.linspace(0, 1, height)[:, None]
    mix = np.clip(light_at, 0, 1)[..., None]
    colour = np.array(rgb(body))[None, None] * mix + np.array(rgb(shade))[None, None] * (1 - mix)
    edge = top + (bottom - top) * (0.62 + 0.03 * np.sin(x * 9 + seed))
    glaze = (np.arange(height)[:, None] < edge)[..., None]
    raw = colour * 0.55 + np.array(rgb("#b08a68"))[None, None] * 0.45 * mix
    full = np.where(glaze, np.broadcast_to(colour, (height, width, 3)), np.broadcast_to(raw, (height, width, 3)))
    full = full * (1.04 - 0.12 * dip[..., None])
    image.paste(Image.fromarray(np.clip(full, 0, 255).astype("uint8")), (0, 0), mask.filter(ImageFilter.GaussianBlur(1)))
    draw = ImageDraw.Draw(image)
    draw.ellipse([cx - rs[0] * half * 0.93, top - height * 0.022, cx + rs[0] * half * 0.93, top + height * 0.024], fill=tuple(int(c * 0.6) for c in rgb(shade)))
    gloss = Image.new("L", image.size, 0)
    ImageDraw.Draw(gloss).ellipse([cx - half * 0.52, top + (bottom - top) * 0.2, cx - half * 0.36, top + (bottom - top) * 0.52], fill=120)
    image.paste(Image.new("RGB", image.size, rgb(light)), (0, 0), gloss.filter(ImageFilter.GaussianBlur(width * 0.012)))
    finish(image, *size, path, seed=seed)


def portrait(path, size, seed, back, skin, hair, shirt, long_hair=False, beard=False):
    """A flat head and shoulders."""
    width, height = size[0] * SCALE, size[1] * SCALE
    image = vertical_gradient(width, height, *back)
    draw = ImageDraw.Draw(image)
    unit, cx = height / 10, width / 2
    dark = tuple(int(c * 0.86) for c in rgb(skin))
    if long_hair:
        draw.rounded_rectangle([cx - 2.5 * unit, 1.6 * unit, cx + 2.5 * unit, 7.6 * unit], radius=int(2.3 * unit), fill=rgb(hair))
    draw.ellipse([cx - 4 * unit, 7.1 * unit, cx + 4 * unit, 14 * unit], fill=rgb(shirt))
    draw.rectangle([cx - 0.8 * unit, 5.8 * unit, cx + 0.8 * unit, 7.6 * unit], fill=dark)
    draw.ellipse([cx - 0.85 * unit, 7 * unit, cx + 0.85 * unit, 8.1 * unit], fill=dark)
    draw.ellipse([cx - 1.85 * unit, 2 * unit, cx + 1.85 * unit, 6.8 * unit], fill=rgb(skin))
    if beard:
        draw.pieslice([cx - 1.85 * unit, 2.6 * unit, cx + 1.85 * unit, 6.95 * unit], 10, 170, fill=rgb(hair))
    draw.pieslice([cx - 2.05 * unit, 1.5 * unit, cx + 2.05 * unit, 5.6 * unit], 180, 360, fill=rgb(hair))
    draw.ellipse([cx - 0.95 * unit, 4.2 * unit, cx - 0.65 * unit, 4.5 * unit], fill=(40, 30, 28))
    draw.ellipse([cx + 0.65 * unit, 4.2 * unit, cx + 0.95 * unit, 4.5 * unit], fill=(40, 30, 28))
    draw.arc([cx - 0.7 * unit, 4.9 * unit, cx + 0.7 * unit, 5.9 * unit], 25, 155, fill=(150, 70, 62), width=int(unit * 0.16))
    finish(image, *size, path, grain=1.2, seed=seed)


def loaf(path, size, seed):
    """A round loaf on a dark oven floor with a glow behind."""
    width, height = size[0] * SCALE, size[1] * SCALE
    rng = np.random.default_rng(seed)
    image = vertical_gradient(width, height, "#1c1210", "#4a2516", "#2a1810")
    glow = Image.new("L", image.size, 0)
    ImageDraw.Draw(glow).ellipse([width * 0.55, -height * 0.1, width * 1.05, height * 0.75], fill=220)
    image.paste(Image.new("RGB", image.size, rgb("#f28a2e")), (0, 0), glow.filter(ImageFilter.GaussianBlur(width * 0.08)))
    draw = ImageDraw.Draw(image)
    for row in range(4):
        y = height * (0.74 + 0.07 * row)
        draw.line([(0, y), (width, y)], fill=(36, 22, 18), width=4)
    box = [width * 0.16, height * 0.3, width * 0.66, height * 0.88]
    for step in range(40):
        k = step / 40
        tone = tuple(int(a * (1 - k) + b * k) for a, b in zip(rgb("#5a2f12"), rgb("#d99a52")))
        inset = k * width * 0.13
        draw.ellipse([box[0] + inset * 0.7, box[1] + inset * 0.35, box[2] - inset * 1.1, box[3] - inset * 1.2], fill=tone)
    for cut in range(4):
        x = width * (0.27 + 0.08 * cut)
        draw.line([(x, height * 0.44), (x + width * 0.05, height * 0.7)], fill=rgb("#f3dcb0"), width=int(width * 0.012))
    for _ in range(500):
        x, y = rng.normal(width * 0.4, width * 0.1), rng.normal(height * 0.52, height * 0.1)
        if ((x - width * 0.41) / (width * 0.22)) ** 2 + ((y - height * 0.56) / (height * 0.24)) ** 2 < 1:
            draw.ellipse([x, y, x + 3, y + 3], fill=rgb("#f6e6c8"))
    finish(image, *size, path, seed=seed)


def main():
    hills("blog/oven-valley.jpg", (960, 420), 11, ("#f6d9b0", "#eeb98a", "#d98b63"), ("#a9745c", "#7f5548", "#573c38", "#33262a"), sun=(0.72, 0.4, 0.07, "#fff1d0"), trees=True)
    loaf("blog/loaf.jpg", (640, 400), 12)
    portrait("blog/author.jpg", (160, 160), 13, ("#d9c3a0", "#c5a77c"), "#e0a985", "#4a2c1d", "#3d5a4c", long_hair=True)
    city("landing/night-city.jpg", (820, 460), 21, ("#ffb36b", "#ff7d5c", "#b2486a"), ("#8a3b63", "#5d2b55", "#2f1b3d"), "#ffd98a")
    portrait("landing/rider-1.jpg", (120, 120), 22, ("#ffe1b8", "#ffc98a"), "#8d5a3b", "#1d1512", "#ff5a36", beard=True)
    portrait("landing/rider-2.jpg", (120, 120), 23, ("#cfe8e0", "#9fcfc2"), "#f0c3a0", "#a4552a", "#23395b", long_hair=True)
    portrait("landing/rider-3.jpg", (120, 120), 24, ("#e3daf5", "#c2b0e6"), "#c98f68", "#2a211f", "#f2b705")
    hills("login/harbour.jpg", (720, 900), 31, ("#0f2f4a", "#2c6a86", "#9fc7c6", "#f4e3c2"), ("#5e8f98", "#35677a", "#1d4660"), sun=(0.3, 0.42, 0.045, "#fff4da"), water="#2a5c74")
    sea = ("#cfe6ef", "#f4efe2")
    clay = ("#e9e2d6", "#d8cdbd")
    wood = ("#c9a27c", "#9c7652")
    for name, seed, body, shade, kind in (
        ("ash-bowl", 41, "#dfe3dc", "#7b857c", "bowl"), ("moss-vase", 42, "#7c9a6d", "#31452f", "vase"),
        ("ink-cup", 43, "#42577a", "#141d30", "cup"), ("honey-jug", 44, "#e0a644", "#7b4a16", "jug"),
        ("salt-plate", 45, "#f1ece2", "#a99f8e", "plate"), ("rust-bottle", 46, "#b9573a", "#4e1d13", "bottle"),
        ("sky-bowl", 47, "#93bccb", "#3c6376", "bowl"), ("plum-vase", 48, "#8b5a7c", "#38203a", "vase"),
        ("oat-cup", 49, "#d9c4a3", "#7d6647", "cup"),
    ):
        vessel(f"shop/{name}.jpg", (360, 360), seed, clay, wood, body, shade, kind)
    hills("gallery/fjord.jpg", (640, 800), 51, ("#33566f", "#84a9b8", "#e2dccb"), ("#7f9aa3", "#54737f", "#2f4a57", "#16303b"), water="#3a6273")
    hills("gallery/dunes.jpg", (640, 420), 52, ("#7fb2d6", "#f2dfc1"), ("#e9bd85", "#d79c5e", "#b97a43", "#8f5930"), rough=2.2)
    hills("gallery/pines.jpg", (640, 640), 53, ("#dfe7e3", "#b6c8c2"), ("#93aba4", "#6a877f", "#446259", "#223d36"), trees=True)
    hills("gallery/ember.jpg", (640, 420), 54, ("#2b1a3f", "#8b3a5c", "#f08a4b"), ("#5b2a4d", "#3a1c3a", "#1c0f22"), sun=(0.5, 0.5, 0.09, "#ffd08a"))
    city("gallery/windows.jpg", (640, 800), 55, ("#0c1430", "#27356b", "#6b5a9a"), ("#1b2450", "#121a3c", "#090e24"), "#ffcf6b")
    hills("gallery/lake.jpg", (640, 420), 56, ("#f7d6d0", "#c9b6d8", "#8fa6d0"), ("#7a86b0", "#535f8c", "#303a63"), sun=(0.25, 0.3, 0.05, "#fff6ea"), water="#6a7bb0")
    hills("gallery/steppe.jpg", (640, 640), 57, ("#4aa0c9", "#b9e0e6"), ("#a8bf6a", "#86a54c", "#5f8035"), rough=2.4)
    vessel("gallery/still.jpg", (640, 800), 58, ("#2d2a2b", "#171516"), ("#4b3a2e", "#241a14"), "#c9a45c", "#3d2810", "vase")
    hills("cjk/garden.jpg", (900, 520), 61, ("#e8e4da", "#cdd6c8"), ("#a9b9a1", "#7c9377", "#536d52", "#324632"), trees=True, water="#7f958c")
    hills("cjk/onsen.jpg", (480, 320), 62, ("#f3d9c6", "#d9a58b"), ("#a77563", "#7a5049", "#4a3032"), water="#8b8f94")
    vessel("cjk/tea.jpg", (480, 320), 63, ("#d8d2c4", "#bdb5a3"), ("#6d5440", "#463427"), "#4f5d52", "#1c241f", "cup")
    city("rtl/souk.jpg", (760, 420), 71, ("#f9e2b3", "#f0b676", "#d9825b"), ("#c98a5f", "#a0603f", "#6e3d2a"), "#ffe9b8")
    for index, (skin, hair, shirt, long_hair) in enumerate((("#d9a47c", "#2b1d16", "#0f6b5c", False), ("#e8bd98", "#3a2519", "#a8432f", True), ("#b97f58", "#191312", "#284b7a", False))):
        portrait(f"rtl/author-{index + 1}.jpg", (160, 160), 72 + index, ("#efe0c4", "#dcc398"), skin, hair, shirt, long_hair=long_hair, beard=index == 2)
    hills("long/ridge.jpg", (1280, 520), 81, ("#4d7ea8", "#a9c9dd", "#f5ead6"), ("#8aa3ad", "#64828c", "#456468", "#2c4644", "#1a2d29"), trees=True)
    for index, (sky, layers, wet) in enumerate((
        (("#a8cde0", "#f1efe3"), ("#8fae8f", "#63895f", "#3c5f3d"), None),
        (("#f3c9a5", "#f9ead2"), ("#b58d76", "#8a6252", "#533935"), "#a98f86"),
        (("#5f7fa3", "#c6d3dd"), ("#7d8c99", "#56636f", "#2f3a45"), None),
        (("#87b6c4", "#e6eedf"), ("#74a08e", "#487a6a", "#26524a"), "#5f97a0"),
    )):
        hills(f"long/view-{index + 1}.jpg", (560, 340), 82 + index, sky, layers, trees=index != 2, water=wet)
    city("grid/quarter.jpg", (560, 360), 91, ("#bfe0f5", "#f3f7fa"), ("#9db4c6", "#6c8aa3", "#44617a"), "#f6f1d5")
    hills("grid/park.jpg", (560, 360), 92, ("#bfe3f2", "#f7f6e8"), ("#a5c98b", "#79ab61", "#4d8040"), trees=True)
    hills("grid/river.jpg", (560, 360), 93, ("#9ccbe0", "#eef3ea"), ("#8fb3a0", "#5f8a7c"), water="#5a93ad")


if __name__ == "__main__":
    main()
