// Harms a page in one way, at one of four strengths. Runs inside the page once it has loaded;
// `DEGRADATION` (name), `STRENGTH` (1..4) and `SEED` (number) are set before it. What is harmed at
// one strength is harmed at every higher one too, so that a falling score is a fair demand.
(() => {
  const step = STRENGTH - 1;
  // A random order that depends on the seed and the index alone.
  const hash = (index) => {
    let z = (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(SEED, 0x85ebca6b)) >>> 0;
    z = Math.imul(z ^ (z >>> 16), 0x7feb352d) >>> 0;
    z = Math.imul(z ^ (z >>> 15), 0x846ca68b) >>> 0;
    return ((z ^ (z >>> 16)) >>> 0) / 4294967296;
  };
  const chosen = (items, share) => {
    const order = items.map((_, i) => i).sort((a, b) => hash(a) - hash(b));
    const picked = new Set(order.slice(0, Math.ceil(items.length * share[step])));
    return items.filter((_, i) => picked.has(i));
  };
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility === "visible" && style.display !== "none";
  };
  const elements = () => [...document.body.querySelectorAll("*")].filter(
    (e) => !["SCRIPT", "STYLE", "LINK", "TEMPLATE"].includes(e.tagName) && seen(e));
  const inDrawing = (e) => e.closest("svg") && e.tagName.toLowerCase() !== "svg";
  const ownText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const textNodes = () => {
    const list = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (parent && !["SCRIPT", "STYLE", "TEMPLATE"].includes(parent.tagName) && walker.currentNode.data.trim()) {
        list.push(walker.currentNode);
      }
    }
    return list;
  };
  // Boxes that move as one: text-level blocks, media and controls, none inside another.
  const leaves = () => {
    const inline = (e) => getComputedStyle(e).display.startsWith("inline") || getComputedStyle(e).display === "contents";
    const all = elements().filter((e) => !inDrawing(e) &&
      (["IMG", "SVG", "CANVAS", "VIDEO", "INPUT", "SELECT", "TEXTAREA", "BUTTON"].includes(e.tagName.toUpperCase()) ||
        (ownText(e) && !inline(e)) || (ownText(e) && !ownText(e.parentElement))));
    const set = new Set(all);
    const inside = (e) => { for (let p = e.parentElement; p; p = p.parentElement) if (set.has(p)) return true; return false; };
    return all.filter((e) => !inside(e));
  };
  // Large parts of the page: containers are opened until there are enough of them.
  const sections = () => {
    let list = [document.body];
    const whole = document.documentElement.scrollHeight;
    for (let round = 0; round < 8; round++) {
      const kids = (e) => [...e.children].filter((c) => seen(c) && !inDrawing(c) && c.tagName !== "SCRIPT");
      const size = (e) => e.getBoundingClientRect().width * e.getBoundingClientRect().height;
      const open = list.filter((e) => kids(e).length > 0 && !ownText(e))
        .sort((a, b) => size(b) - size(a));
      const next = open.find((e) => list.length < 8 || e.getBoundingClientRect().height > 0.6 * whole);
      if (!next) break;
      list.splice(list.indexOf(next), 1, ...kids(next));
    }
    return list.filter((e) => e !== document.body);
  };
  const px = (text) => parseFloat(text) || 0;
  const rgb = (text) => {
    const m = text.match(/rgba?\(([^)]*)\)/);
    if (!m) return null;
    const n = m[1].split(/[\s,/]+/).filter(Boolean).map(Number);
    return n.length > 3 && n[3] === 0 ? null : n;
  };
  const light = (c) => (0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]) / 255;
  const important = (e, name, value) => e.style.setProperty(name, value, "important");

  const ways = {
    drop_sections() {
      chosen(sections(), [0.2, 0.4, 0.6, 0.85]).forEach((e) => e.remove());
    },
    shift_blocks() {
      const list = leaves();
      const far = [14, 30, 52, 80][step];
      const picked = new Set(chosen(list, [0.25, 0.5, 0.75, 1]));
      list.forEach((e, i) => {
        if (!picked.has(e)) return;
        const turn = 2 * Math.PI * hash(i + 7000);
        important(e, "translate", `${(far * Math.cos(turn)).toFixed(1)}px ${(far * Math.sin(turn)).toFixed(1)}px`);
      });
    },
    scale_sizes() {
      const factor = [1.15, 1.35, 1.6, 1.9];
      const list = leaves();
      const sizes = list.map((e) => [e, e.getBoundingClientRect(), px(getComputedStyle(e).fontSize)]);
      const picked = new Set(chosen(list, [0.4, 0.6, 0.8, 1]));
      for (const [e, box, font] of sizes) {
        if (!picked.has(e)) continue;
        const f = factor[step];
        if (["IMG", "SVG", "CANVAS", "VIDEO"].includes(e.tagName.toUpperCase())) {
          important(e, "width", `${(box.width * f).toFixed(1)}px`);
          important(e, "height", `${(box.height * f).toFixed(1)}px`);
          important(e, "max-width", "none");
          important(e, "max-height", "none");
        } else {
          important(e, "font-size", `${(font * f).toFixed(2)}px`);
          for (const inner of e.querySelectorAll("*")) {
            if (ownText(inner)) important(inner, "font-size", `${(px(getComputedStyle(inner).fontSize)).toFixed(2)}px`);
          }
        }
      }
    },
    recolour() {
      const t = [0.25, 0.5, 0.75, 1][step];
      // Hue turned, greys tinted; light stays light and dark stays dark, so that text stays legible.
      const change = ([r, g, b, a]) => {
        const grey = 0.299 * r + 0.587 * g + 0.114 * b;
        const other = grey > 140
          ? [grey * 0.95 + (g - r), grey * 0.72 + (b - g), grey * 0.5 + (r - b)]
          : [grey * 0.4 + (b - r) + 55, grey * 0.4 + (r - g), grey * 0.6 + (g - b) + 100];
        const mix = [r, g, b].map((v, i) => Math.max(0, Math.min(255, Math.round(v + t * (other[i] - v)))));
        return `rgba(${mix.join(", ")}, ${a === undefined ? 1 : a})`;
      };
      const all = [document.documentElement, document.body, ...elements()];
      const plan = all.map((e) => {
        const style = getComputedStyle(e);
        const set = [];
        for (const name of ["color", "background-color", "border-top-color", "border-right-color",
          "border-bottom-color", "border-left-color", "fill", "stroke"]) {
          const value = rgb(style.getPropertyValue(name));
          if (value) set.push([name, change(value)]);
        }
        const image = style.backgroundImage;
        if (image.includes("gradient")) {
          set.push(["background-image", image.replace(/rgba?\([^)]*\)/g, (c) => (rgb(c) ? change(rgb(c)) : c))]);
        }
        return [e, set];
      });
      if (!rgb(getComputedStyle(document.body).backgroundColor) && !rgb(getComputedStyle(document.documentElement).backgroundColor)) {
        plan.push([document.documentElement, [["background-color", change([255, 255, 255])]]]);
      }
      for (const [e, set] of plan) for (const [name, value] of set) important(e, name, value);
      for (const e of all) important(e, "transition", "none");
    },
    swap_fonts() {
      const list = elements().filter((e) => ownText(e) || ["INPUT", "SELECT", "TEXTAREA"].includes(e.tagName));
      const plan = chosen(list, [0.25, 0.5, 0.75, 1]).map((e) => [e, getComputedStyle(e).fontFamily.toLowerCase(),
        px(getComputedStyle(e).fontWeight), getComputedStyle(e).fontStyle]);
      for (const [e, family, weight, slant] of plan) {
        const serif = family.includes("serif") && !family.includes("sans");
        important(e, "font-family", serif ? '"Liberation Sans", sans-serif' : '"Liberation Serif", serif');
        important(e, "font-weight", weight >= 600 ? "400" : "700");
        important(e, "font-style", slant === "normal" ? "italic" : "normal");
      }
    },
    corrupt_text() {
      const words = [];
      for (const node of textNodes()) {
        for (const m of node.data.matchAll(/[\p{L}\p{M}]+/gu)) words.push([node, m.index, m[0]]);
      }
      const letters = [...new Set(words.flatMap((w) => [...w[2]]))].sort();
      const kind = (c) => (/\p{Lu}/u.test(c) ? 0 : /\p{Ll}/u.test(c) ? 1 : /\p{M}/u.test(c) ? 2 : 3);
      const pools = [0, 1, 2, 3].map((k) => letters.filter((c) => kind(c) === k));
      const spoil = (word, at) => [...word].map((c, i) => {
        const pool = pools[kind(c)].filter((other) => other !== c);
        return pool.length ? pool[Math.floor(hash(at * 31 + i + 5000) * pool.length)] : c;
      }).join("");
      const picked = new Set(chosen(words.map((_, i) => i), [0.25, 0.5, 0.75, 1]));
      for (let i = words.length - 1; i >= 0; i--) {
        const [node, at, word] = words[i];
        if (picked.has(i)) node.data = node.data.slice(0, at) + spoil(word, i) + node.data.slice(at + word.length);
      }
    },
    corrupt_numbers() {
      const numbers = [];
      for (const node of textNodes()) {
        for (const m of node.data.matchAll(/\p{N}(?:[.,:/'-]?\p{N})*/gu)) numbers.push([node, m.index, m[0]]);
      }
      const known = new Set(numbers.map((n) => n[2]));
      const turned = (text, by) => text.replace(/[0-9]/g, (d) => String((Number(d) + by) % 10));
      const picked = new Set(chosen(numbers.map((_, i) => i), [0.25, 0.5, 0.75, 1]));
      for (let i = numbers.length - 1; i >= 0; i--) {
        if (!picked.has(i)) continue;
        const [node, at, text] = numbers[i];
        const ways = [3, 7, 4, 6, 1, 9, 2, 8, 5].map((by) => turned(text, by));
        // One digit more where every other number of this length is taken.
        const other = ways.find((w) => !known.has(w)) ||
          ["0", "00", "000"].map((z) => text + z).find((w) => !known.has(w)) || text + "0000";
        node.data = node.data.slice(0, at) + other + node.data.slice(at + text.length);
      }
    },
    strip_styles() {
      const list = [...elements()].filter((e) => !inDrawing(e));
      const ground = (rgb(getComputedStyle(document.body).backgroundColor) ||
        rgb(getComputedStyle(document.documentElement).backgroundColor) || [255, 255, 255]);
      const decorated = (e) => {
        const s = getComputedStyle(e);
        return px(s.borderTopLeftRadius) > 0 || s.boxShadow !== "none" || px(s.borderTopWidth) + px(s.borderLeftWidth) +
          px(s.borderBottomWidth) > 0 || rgb(s.backgroundColor) || s.backgroundImage !== "none" ||
          px(s.paddingTop) + px(s.paddingLeft) > 0;
      };
      const plan = chosen(list.filter(decorated), [0.25, 0.5, 0.75, 1]).map((e) => {
        const fill = rgb(getComputedStyle(e).backgroundColor);
        // A fill stays where the text on it could not be read without it.
        return [e, fill && Math.abs(light(fill) - light(ground)) < 0.4];
      });
      for (const [e, bare] of plan) {
        important(e, "border", "0 solid transparent");
        important(e, "border-radius", "0");
        important(e, "box-shadow", "none");
        important(e, "padding", "0");
        important(e, "gap", "0");
        if (bare) important(e, "background", "none");
      }
    },
    remove_controls() {
      const box = (e) => seen(e) && !inDrawing(e);
      const first = [...document.body.querySelectorAll("button, input, select, textarea, [role=button], summary")].filter(box);
      const links = [...document.body.querySelectorAll("a[href]")].filter(box);
      // Links make up the number on pages that have few of the others.
      const list = first.length >= 4 ? first : [...first, ...links];
      chosen(list, [0.25, 0.5, 0.75, 1]).forEach((e) => e.remove());
    },
    blank() {
      if (STRENGTH === 4) {
        document.body.replaceChildren();
        for (const e of [document.body, document.documentElement]) important(e, "background", "#fff");
        return;
      }
      const list = elements().filter((e) => !inDrawing(e));
      const top = (e) => e.getBoundingClientRect().top + window.scrollY;
      const limit = document.documentElement.scrollHeight * [0.7, 0.4, 0.15, 0][step];
      // From the foot upwards, as if the answer had been cut off.
      for (const e of list) if (top(e) >= limit) important(e, "visibility", "hidden");
    },
  };
  const run = () => ways[DEGRADATION]();
  if (document.readyState === "complete") run(); else window.addEventListener("load", run);
})();
