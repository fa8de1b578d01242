// Starts the viewer: reads the index, draws the page the address names, and hands keys on. The
// overview is built once and kept, so that coming back from a sample is immediate.
"use strict";

(() => {
  const { el, route, format } = Pageloom;
  const main = document.getElementById("main");
  const index = Pageloom.get("index");
  const THEMES = ["auto", "light", "dark"];
  const KEYS = [
    [
      "Overview",
      [
        ["/", "find a sample"],
        ["j k ↑ ↓", "move in the list"],
        ["Enter", "open the chosen sample"],
      ],
    ],
    [
      "Sample",
      [
        ["n p", "next, previous sample"],
        ["[ ]", "same task, other run"],
        ["← →", "previous, next step of an interaction"],
        ["o", "side by side"],
        ["s", "slider"],
        ["b", "blink; space pauses, x swaps"],
        ["d", "difference; a amplifies"],
        ["c", "source"],
        ["m", "text blocks on or off"],
        ["e", "evidence on or off"],
        ["z", "fit or 100 %"],
        ["f", "facts shown or hidden"],
        ["Esc", "back to the overview"],
      ],
    ],
    [
      "Everywhere",
      [
        ["t", "light, dark, or as the system"],
        ["?", "this list"],
      ],
    ],
  ];

  if (!index) {
    main.replaceChildren(
      el(
        "p",
        { class: "banner bad" },
        "data/index.js is missing from the report's folder, so there is nothing to show.",
      ),
    );
    return;
  }
  index.metrics.forEach((metric, place) => {
    metric.place = place;
  });
  index.tasks.forEach((task) => {
    task.searchable = `${task.id} ${task.title} ${task.category}`.toLowerCase();
  });
  document.documentElement.lang = "en";

  const memory = {
    text: "",
    run: "",
    category: "",
    outcome: "",
    columns: "",
    sort: "task",
    up: true,
    order: [],
    chosen: -1,
    total: 0,
    lastUpdate: 0,
    sample: { view: "side", layer: "blocks", score: "", tab: "scores" },
    sampleOptions() {
      const { view, layer, score, tab } = this.sample;
      return {
        view: view === "side" ? "" : view,
        boxes: layer === "blocks" ? "" : layer,
        score,
        tab: tab === "scores" ? "" : tab,
      };
    },
    overviewAddress() {
      return route.overview({
        q: this.text,
        run: this.run,
        category: this.category,
        outcome: this.outcome,
        columns: this.columns === first ? "" : this.columns,
        sort: this.sort === "task" ? "" : this.sort,
        dir: this.up ? "" : "down",
      });
    },
  };
  const first = index.metrics.length ? index.metrics[0].group : "";
  memory.columns = first;

  let shown = null;
  let overview = null;
  const scrolled = { top: 0 };

  function storedTheme() {
    try {
      return localStorage.getItem("pageloom-theme");
    } catch {
      return null;
    }
  }

  function setTheme(theme) {
    const chosen = THEMES.includes(theme) ? theme : "auto";
    document.documentElement.dataset.theme = chosen;
    themeButton.textContent = { auto: "Auto", light: "Light", dark: "Dark" }[chosen];
    themeButton.setAttribute("aria-label", `Colours: ${chosen}; press to change`);
    try {
      localStorage.setItem("pageloom-theme", chosen);
    } catch {
      // A page opened from disk may have no storage; the choice then lasts as long as the page.
    }
  }

  const themeButton = el("button", {
    type: "button",
    class: "plain",
    title: "Light, dark, or as the system (t)",
    on: {
      click: () =>
        setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]),
    },
  });

  const help = el(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    el("h2", { id: "help-title" }, "Keys"),
    el(
      "div",
      { class: "help-groups" },
      KEYS.map(([name, keys]) =>
        el(
          "section",
          null,
          el("h3", null, name),
          el(
            "dl",
            null,
            keys.map(([key, words]) => [
              el(
                "dt",
                null,
                key.split(" ").map((part) => [el("kbd", null, part), " "]),
              ),
              el("dd", null, words),
            ]),
          ),
        ),
      ),
    ),
    el("form", { method: "dialog" }, el("button", { class: "plain" }, "Close")),
  );
  document.body.append(help);

  function drawTop() {
    const distinct = (field) => [...new Set(index.runs.map((run) => run[field]))];
    const versions = new Map();
    for (const run of index.runs)
      for (const [part, version] of run.versions)
        versions.set(part, (versions.get(part) || new Set()).add(version));
    const facts = [
      distinct("protocol").join(", "),
      `judge ${distinct("judge").join(", ")}`,
      `${format.whole(index.tasks.length)} tasks`,
      index.runs.length === 1 ? index.runs[0].label : `${index.runs.length} runs`,
      ...[...versions].map(([part, set]) => `${part} ${[...set].join(", ")}`),
    ];
    document
      .getElementById("top")
      .replaceChildren(
        el(
          "div",
          { class: "top-text" },
          el("a", { class: "brand", href: "#/" }, "Pageloom"),
          el("span", { class: "top-suite" }, distinct("suite").join(", ")),
          el("span", { class: "top-facts" }, facts.join(" · ")),
        ),
        el(
          "div",
          { class: "top-actions" },
          el(
            "button",
            { type: "button", class: "plain", title: "Keys (?)", on: { click: () => help.showModal() } },
            "Keys",
          ),
          themeButton,
        ),
      );
  }

  function buildOverview(options) {
    for (const [name, key] of [
      ["q", "text"],
      ["run", "run"],
      ["category", "category"],
      ["outcome", "outcome"],
      ["columns", "columns"],
      ["sort", "sort"],
    ]) {
      if (options.has(name)) memory[key] = options.get(name);
    }
    if (options.get("dir") === "down") memory.up = false;
    const list = Pageloom.sampleList.build(index, memory, () => {
      if (shown === overview) route.replace(memory.overviewAddress());
    });
    const board = Pageloom.leaderboard.build(index, {
      group: memory.columns,
      onGroup: () => {},
      onRun: (key) => {
        const field = list.node.querySelector('select[aria-label="Run"]');
        if (field) {
          field.value = key;
          field.dispatchEvent(new Event("change"));
        }
        list.node.scrollIntoView({ block: "start" });
        list.scroller.focus({ preventScroll: true });
      },
    });
    const plots = Pageloom.distribution.build(index, {});
    const node = el(
      "div",
      { class: "overview" },
      el("h1", { class: "hidden-text" }, "Report"),
      board,
      Pageloom.judges.build(index),
      Pageloom.modelsAsked.build(index),
      plots.node,
      list.node,
    );
    return {
      title: `${[...new Set(index.runs.map((run) => run.suite))].join(", ")} · Pageloom report`,
      node,
      list,
      refresh() {
        memory.total = index.runs.reduce((sum, run) => {
          const data = Pageloom.get(run.key);
          return sum + (data ? data.outcomes.filter((outcome) => outcome !== 4).length : 0);
        }, 0);
        plots.draw();
        list.update(false);
      },
      key(key) {
        if (key === "/") list.search.focus();
        else if (key === "j" || key === "k") {
          list.scroller.focus();
          list.reveal();
        } else return false;
        return true;
      },
      stop() {},
    };
  }

  function draw() {
    const where = route.read();
    if (shown) shown.stop();
    if (shown === overview && overview) scrolled.top = window.scrollY;
    delete document.body.dataset.ready;
    if (where.page === "sample") {
      for (const [name, key] of [
        ["view", "view"],
        ["boxes", "layer"],
        ["score", "score"],
        ["tab", "tab"],
      ]) {
        if (where.options.has(name)) memory.sample[key] = where.options.get(name);
      }
      shown = Pageloom.samplePage.build(index, memory, where);
      main.replaceChildren(shown.node);
      window.scrollTo(0, 0);
      if (document.activeElement === document.body) main.focus({ preventScroll: true });
    } else {
      const returning = shown !== null && shown !== overview;
      if (
        !overview ||
        (location.hash && location.hash !== "#/" && location.hash !== memory.overviewAddress())
      ) {
        Object.assign(memory, {
          text: "",
          run: "",
          category: "",
          outcome: "",
          columns: first,
          sort: "task",
          up: true,
        });
        overview = buildOverview(where.options);
      }
      shown = overview;
      main.replaceChildren(overview.node);
      overview.refresh();
      window.scrollTo(0, scrolled.top);
      if (returning && memory.chosen >= 0) {
        overview.list.reveal();
        overview.list.scroller.focus({ preventScroll: true });
      }
      document.body.dataset.ready = "overview";
    }
    document.title = shown.title || "Pageloom report";
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    // Arrows belong to what scrolls, slides or has tabs before they belong to the page.
    if (event.key.startsWith("Arrow") && event.target.closest("input, [role=tablist], [data-arrows]")) return;
    const typing = event.target.closest("input:not([type=range]), select, textarea");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    if (event.key === " " && event.target.closest("button, a, [role=tab]")) return;
    let done = true;
    if (event.key === "?") help.showModal();
    else if (event.key === "t") themeButton.click();
    else done = shown ? shown.key(event.key) : false;
    if (done) event.preventDefault();
  });
  window.addEventListener("hashchange", draw);

  setTheme(storedTheme());
  drawTop();
  // The leaderboard stands at once; the samples' values follow, one file a run.
  if (route.read().page === "overview") draw();
  Promise.allSettled(index.runs.map((run) => Pageloom.loadRun(run.key))).then((results) => {
    const lost = results.filter((result) => result.status === "rejected");
    if (shown && shown === overview) overview.refresh();
    else draw();
    if (lost.length)
      main.prepend(el("p", { class: "banner bad" }, lost.map((result) => result.reason.message).join("; ")));
    document.body.dataset.loaded = "all";
  });
})();
