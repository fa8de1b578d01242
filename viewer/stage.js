// Reference and candidate on one stage: side by side, behind a slider, blinking, as a difference,
// or as source text. Pictures from disk taint a canvas, so the difference is a blend mode.
"use strict";

(() => {
  const { el, format, overlay, segmented } = Pageloom;
  const VIEWS = [
    { id: "side", text: "Side by side", key: "o" },
    { id: "slider", text: "Slider", key: "s" },
    { id: "blink", text: "Blink", key: "b" },
    { id: "difference", text: "Difference", key: "d" },
    { id: "source", text: "Source", key: "c" },
  ];
  const LAYERS = [
    { id: "none", text: "None" },
    { id: "blocks", text: "Text blocks" },
    { id: "evidence", text: "Evidence" },
  ];
  const VERDICTS = { matched: "alike", changed: "different", missed: "missed", extra: "extra" };
  const BLINK_MS = 700;
  const SIDES = ["reference", "candidate"];

  const inUse = (detail) => Boolean(detail.interaction || detail.tests);

  // A question is about one page: there is no other to hold it against. A page in use is held against
  // its reference step by step, so that one of both, or either, may be all that there is here.
  function sidesOf(detail) {
    if (detail.questioning) return ["reference"];
    const known = ({ picture, source, missing }) => picture || source || missing.length;
    return inUse(detail) ? SIDES.filter((side) => known(detail[side])) : SIDES;
  }

  function viewsOf(detail, sides) {
    const pictures = sides.filter((side) => detail[side].picture).length;
    if (!detail.questioning && !(inUse(detail) && pictures < 2)) return VIEWS;
    const source = VIEWS.filter((view) => view.id === "source");
    return detail.questioning || pictures ? [{ ...VIEWS[0], text: "Picture" }, ...source] : source;
  }

  function build(detail, options) {
    const sides = sidesOf(detail);
    const offered = viewsOf(detail, sides);
    const state = {
      view: offered.some((view) => view.id === options.view) ? options.view : offered[0].id,
      layer: options.layer,
      score: null,
      zoom: false,
      amplify: false,
    };
    const body = el("div", { class: "stage-body" });
    const tip = el("div", { class: "box-tip", hidden: true });
    const pages = {
      reference: pageOf(detail.reference, detail.questioning ? "Page" : "Reference"),
      candidate: pageOf(detail.candidate, options.label),
    };
    let scrollers = [];
    let timer = 0;
    let actions = {};

    function pageOf(page, name) {
      const capture = page.capture;
      return {
        ...page,
        name,
        width: capture ? capture.page_width : 0,
        height: capture ? capture.page_height : 0,
      };
    }

    const views = segmented(
      "View",
      offered.map(({ id, text, key }) => ({ id, text, title: `${text} (${key})` })),
      state.view,
      (id) => show(id),
    );
    const layers = segmented("Boxes", LAYERS, state.layer, (id) => layer(id));
    const zoom = el(
      "button",
      {
        type: "button",
        class: "plain",
        "aria-pressed": "false",
        title: "One page pixel per CSS pixel (z)",
        on: { click: () => toggleZoom() },
      },
      "100 %",
    );
    const extra = el("div", { class: "stage-extra" });
    const layerField = el("div", { class: "field" }, el("span", { class: "field-name" }, "Boxes"), layers);

    const legend = el(
      "div",
      { class: "legend" },
      Object.entries(VERDICTS).map(([verdict, words]) =>
        el("span", { "data-verdict": verdict }, el("span", { class: `swatch ${verdict}` }), words),
      ),
    );

    function boxes() {
      if (state.layer === "blocks") return overlay.blockBoxes(detail.blocks);
      if (state.layer === "evidence" && state.score) return overlay.evidenceBoxes(state.score);
      return [];
    }

    const events = {
      light(box, event) {
        for (const rect of body.querySelectorAll(`.overlay rect[data-pair="${box.pair}"]`))
          rect.classList.add("lit");
        body.classList.add("lighting");
        tip.textContent = box.label;
        tip.hidden = false;
        const frame = root.getBoundingClientRect();
        tip.style.left = `${Math.min(event.clientX - frame.left + 12, Math.max(0, frame.width - 320))}px`;
        tip.style.top = `${event.clientY - frame.top + 18}px`;
      },
      dark() {
        for (const rect of body.querySelectorAll(".overlay rect.lit")) rect.classList.remove("lit");
        body.classList.remove("lighting");
        tip.hidden = true;
      },
      follow(box) {
        reveal(box.pair);
      },
    };

    // Scrolls every pane so that its box of the pair is in the middle.
    function reveal(pair) {
      const rects = [...body.querySelectorAll(`.overlay rect[data-pair="${pair}"]`)];
      for (const rect of body.querySelectorAll(".overlay rect.lit")) rect.classList.remove("lit");
      body.classList.toggle("lighting", rects.length > 0);
      for (const rect of rects) {
        rect.classList.add("lit");
        const scroller = rect.closest(".pane-scroll");
        const place = rect.getBoundingClientRect();
        const frame = scroller.getBoundingClientRect();
        scroller.dataset.quiet = "1";
        scroller.scrollTop += place.top - frame.top - frame.height / 2 + place.height / 2;
      }
    }

    function picture(page, side) {
      if (!page.picture) return el("div", { class: "no-picture" }, absence(page, side));
      const image = el("img", {
        src: page.picture,
        alt: `${page.name}: screenshot`,
        draggable: "false",
        // A page that is printed or photographed must not be taken before its pictures.
        decoding: "sync",
      });
      if (page.width) image.setAttribute("width", page.width);
      if (page.height) image.setAttribute("height", page.height);
      image.addEventListener("load", () => {
        // The picture itself is the last word on its size: one pixel is one CSS pixel.
        if (page.width === image.naturalWidth && page.height === image.naturalHeight) return;
        page.width = image.naturalWidth;
        page.height = image.naturalHeight;
        draw();
      });
      image.addEventListener("error", () =>
        image.replaceWith(el("div", { class: "no-picture" }, "this picture cannot be read")),
      );
      return image;
    }

    function absence(page, side) {
      if (page.missing.includes("picture")) return "The run names a picture that its folder does not hold.";
      if (side === "candidate" && detail.fault) return `No picture: ${format.faultWords(detail.fault.code)}.`;
      return "No picture was taken.";
    }

    function layerOf(side, withBoxes, width) {
      const page = pages[side];
      const node = el("div", { class: `layer ${side}` }, picture(page, side));
      if (width && page.width) node.style.width = `${(page.width / width) * 100}%`;
      if (withBoxes && page.width && page.picture)
        node.append(overlay.draw(boxes(), side, page.width, page.height, events));
      return node;
    }

    const widest = () => Math.max(pages.reference.width, pages.candidate.width) || 1280;

    function sheet(children, className) {
      const node = el("div", { class: `sheet ${className || ""}` }, children);
      if (state.zoom) node.style.width = `${widest()}px`;
      return node;
    }

    function scroll(label, children) {
      const node = el(
        "div",
        { class: "pane-scroll", tabindex: "0", role: "region", "aria-label": label, "data-arrows": true },
        children,
      );
      node.addEventListener("scroll", () => follow(node), { passive: true });
      scrollers.push(node);
      return node;
    }

    // The other pane goes along, unless this scrolling was done by the page itself.
    function follow(node) {
      if (node.dataset.quiet) {
        delete node.dataset.quiet;
        return;
      }
      for (const other of scrollers) {
        if (other === node || (other.scrollTop === node.scrollTop && other.scrollLeft === node.scrollLeft))
          continue;
        const before = [other.scrollTop, other.scrollLeft];
        other.scrollTop = node.scrollTop;
        other.scrollLeft = node.scrollLeft;
        if (before[0] !== other.scrollTop || before[1] !== other.scrollLeft) other.dataset.quiet = "1";
      }
    }

    const paneHead = (side) =>
      el(
        "div",
        { class: "pane-head" },
        el("span", { class: "pane-name" }, pages[side].name),
        pages[side].width && state.view !== "source"
          ? el(
              "span",
              { class: "muted small" },
              `${pages[side].width} × ${pages[side].height}${pages[side].capture && pages[side].capture.uncapped_height ? `, cut from ${pages[side].capture.uncapped_height}` : ""}`,
            )
          : null,
      );

    const drawings = {
      side() {
        return el(
          "div",
          { class: sides.length > 1 ? "panes" : "panes one" },
          sides.map((side) =>
            el(
              "div",
              { class: "pane" },
              paneHead(side),
              scroll(pages[side].name, sheet(layerOf(side, true, widest()))),
            ),
          ),
        );
      },
      slider() {
        const range = el("input", {
          type: "range",
          min: 0,
          max: 100,
          step: 1,
          value: 50,
          "aria-label": "Share of the reference",
          class: "slider-range",
        });
        const line = el("div", { class: "slider-line" }, el("div", { class: "slider-grip" }));
        const top = layerOf("reference", true, widest());
        const node = sheet([layerOf("candidate", true, widest()), top, line], "stacked");
        const set = (share) => {
          node.style.setProperty("--cut", `${share}%`);
          range.value = share;
        };
        const drag = (event) => {
          if (event.buttons !== 1) return;
          const frame = node.getBoundingClientRect();
          set(Math.round(Math.min(100, Math.max(0, ((event.clientX - frame.left) / frame.width) * 100))));
        };
        node.addEventListener("pointerdown", (event) => {
          node.setPointerCapture(event.pointerId);
          drag(event);
        });
        node.addEventListener("pointermove", drag);
        range.addEventListener("input", () => set(Number(range.value)));
        set(50);
        extra.replaceChildren(
          el("span", { class: "muted small" }, pages.reference.name),
          range,
          el("span", { class: "muted small" }, pages.candidate.name),
        );
        return single("Reference left of the line, candidate right of it", node);
      },
      blink() {
        const node = sheet(
          [layerOf("reference", true, widest()), layerOf("candidate", true, widest())],
          "stacked blink",
        );
        const name = el("span", { class: "chip" });
        const still = el("button", { type: "button", class: "plain" });
        let shown = 0;
        let running = !matchMedia("(prefers-reduced-motion: reduce)").matches;
        const turn = () => {
          shown = 1 - shown;
          apply();
        };
        const apply = () => {
          node.dataset.shown = SIDES[shown];
          name.textContent = pages[SIDES[shown]].name;
          still.textContent = running ? "Pause (space)" : "Play (space)";
        };
        const pause = () => {
          running = !running;
          clearInterval(timer);
          if (running) timer = setInterval(turn, BLINK_MS);
          apply();
        };
        still.addEventListener("click", pause);
        if (running) timer = setInterval(turn, BLINK_MS);
        actions = { " ": pause, x: turn };
        extra.replaceChildren(
          name,
          still,
          el("button", { type: "button", class: "plain", on: { click: turn } }, "Swap (x)"),
        );
        apply();
        return single("Reference and candidate in turn", node);
      },
      difference() {
        const node = sheet(
          [layerOf("reference", false, widest()), layerOf("candidate", false, widest())],
          `stacked difference${state.amplify ? " amplified" : ""}`,
        );
        const strong = el(
          "button",
          {
            type: "button",
            class: "plain",
            "aria-pressed": String(state.amplify),
            on: {
              click: () => {
                state.amplify = !state.amplify;
                strong.setAttribute("aria-pressed", String(state.amplify));
                node.classList.toggle("amplified", state.amplify);
              },
            },
          },
          "Amplify (a)",
        );
        actions = { a: () => strong.click() };
        extra.replaceChildren(
          el("span", { class: "muted small" }, "Black is equal; the brighter, the more the pixels differ."),
          strong,
        );
        return single("Difference of the pixels", node);
      },
      source() {
        return el(
          "div",
          { class: sides.length > 1 ? "panes" : "panes one" },
          sides.map((side) => {
            const box = scroll(`${pages[side].name}: source`, el("p", { class: "note" }, "Reading…"));
            fillSource(box, pages[side]);
            return el("div", { class: "pane" }, paneHead(side), box);
          }),
        );
      },
    };

    const single = (label, node) =>
      el("div", { class: "panes one" }, el("div", { class: "pane" }, scroll(label, node)));

    async function fillSource(box, page) {
      if (!page.source) {
        box.replaceChildren(
          el(
            "p",
            { class: "note" },
            page.missing.includes("HTML")
              ? "The run names a source that its folder does not hold."
              : "There is no source.",
          ),
        );
        return;
      }
      try {
        const source = await Pageloom.loadSource(page.source);
        const lines = source.text.replace(/\n$/, "").split(/\r\n|\r|\n/);
        box.replaceChildren(
          el(
            "p",
            { class: "note" },
            `${format.whole(lines.length)} lines, ${format.bytes(source.bytes)}${source.cut ? ", only the beginning is shown" : ""}`,
          ),
          el(
            "div",
            { class: "source" },
            el(
              "pre",
              { class: "line-numbers", "aria-hidden": "true" },
              lines.map((_, number) => number + 1).join("\n"),
            ),
            el("pre", { class: "source-text" }, lines.join("\n")),
          ),
        );
      } catch (error) {
        box.replaceChildren(el("p", { class: "note" }, error.message));
      }
    }

    function draw() {
      clearInterval(timer);
      const tops = scrollers.map((node) => node.scrollTop);
      scrollers = [];
      actions = {};
      extra.replaceChildren();
      events.dark();
      body.replaceChildren(drawings[state.view]());
      scrollers.forEach((node, place) => {
        node.scrollTop = tops[place] ?? tops[0] ?? 0;
      });
      const bare = inUse(detail) && detail.blocks.length === 0;
      layerField.hidden = bare || state.view === "difference" || state.view === "source";
      const seen = new Set(layerField.hidden ? [] : boxes().map((box) => box.verdict));
      for (const item of legend.children) item.hidden = !seen.has(item.dataset.verdict);
      legend.hidden = seen.size === 0;
      zoom.hidden = state.view === "source";
    }

    function show(id) {
      state.view = id;
      views.choose(id);
      draw();
      options.changed({ view: id });
    }

    function layer(id) {
      state.layer = id;
      layers.choose(id);
      draw();
      options.changed({ layer: id });
    }

    function toggleZoom() {
      state.zoom = !state.zoom;
      zoom.setAttribute("aria-pressed", String(state.zoom));
      draw();
    }

    const root = el(
      "section",
      { class: inUse(detail) ? "stage in-use" : "stage", "aria-label": sides.length > 1 ? "Reference and candidate" : "Page" },
      el("div", { class: "stage-bar" }, views, layerField, zoom),
      extra,
      legend,
      body,
      tip,
    );
    draw();
    return {
      node: root,
      show,
      layer,
      reveal(pair) {
        if (state.layer !== "blocks") layer("blocks");
        if (state.view === "difference" || state.view === "source") show("side");
        reveal(pair);
      },
      choose(score) {
        state.score = score;
        if (score && (score.evidence || []).length) {
          if (state.view === "difference" || state.view === "source") show("side");
          layer("evidence");
        } else draw();
      },
      key(key) {
        const view = offered.find((entry) => entry.key === key);
        if (view) show(view.id);
        else if (key === "z") toggleZoom();
        else if (key === "m") layer(state.layer === "blocks" ? "none" : "blocks");
        else if (key === "e") layer(state.layer === "evidence" ? "none" : "evidence");
        else if (Object.hasOwn(actions, key)) actions[key]();
        else return false;
        return true;
      },
      stop: () => clearInterval(timer),
    };
  }

  Pageloom.stage = { build, sidesOf, VIEWS };
})();
