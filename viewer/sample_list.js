// The list of samples: filtered, sorted, and drawn only where it is seen, so that its speed does
// not depend on its length. Also keeps the order in which the sample page goes to the next one.
"use strict";

(() => {
  const { el, format, select } = Pageloom;
  const ROW = 34;
  const SPARE = 8;

  // Rows are numbers: run * tasks + task.
  function matching(index, filter) {
    const tasks = index.tasks.length;
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Uint8Array(tasks);
    for (let task = 0; task < tasks; task += 1) {
      const entry = index.tasks[task];
      wanted[task] =
        words.every((word) => entry.searchable.includes(word)) &&
        (filter.category === "" || entry.category === filter.category)
          ? 1
          : 0;
    }
    const rows = [];
    index.runs.forEach((run, place) => {
      const data = Pageloom.get(run.key);
      if (!data || (filter.run !== "" && filter.run !== run.key)) return;
      for (let task = 0; task < tasks; task += 1) {
        const outcome = data.outcomes[task];
        if (!wanted[task] || outcome === 4) continue;
        if (filter.outcome !== "" && format.OUTCOMES[outcome].id !== filter.outcome) continue;
        rows.push(place * tasks + task);
      }
    });
    return rows;
  }

  function sorted(index, rows, sort) {
    const tasks = index.tasks.length;
    const sign = sort.up ? 1 : -1;
    const size = index.runs.length * tasks;
    const keys = new Float64Array(size);
    const data = index.runs.map((run) => Pageloom.get(run.key));
    const ranks = sort.key === "title" || sort.key === "category" ? textRanks(index, sort.key) : null;
    for (const row of rows) {
      const run = Math.floor(row / tasks);
      const task = row % tasks;
      let key;
      if (ranks) key = ranks[task];
      else if (sort.key === "run") key = run;
      else if (sort.key === "outcome") key = data[run].outcomes[task];
      else if (sort.key === "task") key = task;
      else {
        const number = data[run].values[sort.metric][task];
        key = number === null ? NaN : number;
      }
      keys[row] = key;
    }
    // What was not measured comes last in both directions.
    return rows.sort((a, b) => {
      const x = keys[a];
      const y = keys[b];
      if (x !== x || y !== y) return (x !== x) - (y !== y) || a - b;
      return (x - y) * sign || (a % tasks) - (b % tasks) || a - b;
    });
  }

  function textRanks(index, field) {
    const order = index.tasks.map((_, place) => place);
    order.sort((a, b) => index.tasks[a][field].localeCompare(index.tasks[b][field]));
    const ranks = new Uint32Array(order.length);
    let rank = 0;
    order.forEach((task, place) => {
      if (place > 0 && index.tasks[task][field] !== index.tasks[order[place - 1]][field]) rank = place;
      ranks[task] = rank;
    });
    return ranks;
  }

  function build(index, state, changed) {
    const tasks = index.tasks.length;
    const many = index.runs.length > 1;
    const titled = index.tasks.some((task) => task.title !== "" && task.title !== task.id);
    const categories = [...new Set(index.tasks.map((task) => task.category))].filter(Boolean).sort();
    const groups = [...new Set(index.metrics.map((metric) => metric.group))];
    if (!groups.includes(state.columns)) state.columns = groups[0] || "";

    const search = el("input", {
      type: "search",
      placeholder: "task or title",
      "aria-label": "Filter by text",
      value: state.text,
      id: "search",
      spellcheck: "false",
      on: {
        input: () => {
          state.text = search.value;
          update(true);
        },
      },
    });
    const choices = (id, text, options, key) =>
      select(text, [{ id: "", text: "all" }, ...options], state[key], (value) => {
        state[key] = value;
        update(true);
      });
    const count = el("output", { class: "row-count", "aria-live": "polite" });
    const bar = el(
      "div",
      { class: "filters" },
      el("label", { class: "field grow" }, el("span", { class: "field-name" }, "Find"), search),
      many
        ? choices(
            "run",
            "Run",
            index.runs.map((run) => ({ id: run.key, text: run.label })),
            "run",
          )
        : null,
      categories.length > 1
        ? choices(
            "category",
            "Category",
            categories.map((id) => ({ id, text: id })),
            "category",
          )
        : null,
      choices("outcome", "Outcome", format.OUTCOMES.slice(0, 4), "outcome"),
      select(
        "Columns",
        groups.map((id) => ({ id, text: format.groupName(id) })),
        state.columns,
        (value) => {
          state.columns = value;
          head();
          update(false);
        },
      ),
      count,
    );

    const header = el("div", { class: "grid-head", role: "row" });
    const rowsBox = el("div", { class: "grid-rows", role: "rowgroup" });
    const scroller = el(
      "div",
      {
        class: "grid",
        role: "grid",
        tabindex: "0",
        "aria-label": "Samples",
        id: "samples",
        on: { scroll: () => paint(false), keydown: keys },
      },
      el(
        "div",
        { class: "grid-inner" },
        el("div", { role: "rowgroup", class: "grid-head-group" }, header),
        rowsBox,
      ),
    );
    const preview = el("aside", { class: "preview", "aria-label": "Preview of the chosen sample" });
    let order = [];
    let columns = [];
    let pool = new Map();

    function template() {
      const fixed = [titled ? "minmax(200px, 2fr)" : "minmax(150px, 2fr)"];
      if (many) fixed.push("minmax(140px, 1.2fr)");
      if (categories.length) fixed.push("104px");
      fixed.push("96px");
      return [...fixed, ...columns.map((metric) => `${columnWidth(metric)}px`)].join(" ");
    }

    const columnWidth = (metric) => Math.min(150, Math.max(64, metric.label.length * 6.6 + 22));

    function head() {
      columns = index.metrics.filter((metric) => metric.group === state.columns);
      const title = (key, text, metric, hint) => {
        const active = state.sort === (metric ? metric.id : key);
        return el(
          "div",
          {
            role: "columnheader",
            class: metric ? "number" : "",
            "aria-sort": active ? (state.up ? "ascending" : "descending") : "none",
          },
          el(
            "button",
            {
              type: "button",
              class: "sorter",
              "data-sort": metric ? metric.id : key,
              title: hint,
              on: { click: () => sortBy(metric ? metric.id : key) },
            },
            text,
          ),
        );
      };
      header.replaceChildren(
        ...[
          title("task", "Sample"),
          many ? title("run", "Run") : null,
          categories.length ? title("category", "Category") : null,
          title("outcome", "Outcome"),
          ...columns.map((metric) =>
            title("", metric.label, metric, `${metric.id}, ${metric.range[0]} to ${metric.range[1]}`),
          ),
        ].filter(Boolean),
      );
      scroller.style.setProperty("--columns", template());
      scroller.style.setProperty(
        "--least",
        `${340 + (many ? 154 : 0) + (categories.length ? 118 : 0) + columns.reduce((sum, metric) => sum + columnWidth(metric) + 14, 0)}px`,
      );
      scroller.setAttribute("aria-colcount", String(header.children.length));
      for (const node of pool.values()) node.remove();
      pool = new Map();
    }

    function sortBy(key) {
      // A first click on a metric shows the lowest values: these are the samples to look at.
      state.up = state.sort === key ? !state.up : true;
      state.sort = key;
      head();
      update(true);
      const again = header.querySelector(`[data-sort="${CSS.escape(key)}"]`);
      if (again) again.focus();
    }

    function update(fromTop) {
      const start = performance.now();
      const metric = index.metrics.findIndex((entry) => entry.id === state.sort);
      const key = metric >= 0 ? "metric" : state.sort;
      order = sorted(index, matching(index, state), { key, metric, up: state.up });
      state.order = order;
      count.textContent = `${format.whole(order.length)} of ${format.whole(state.total)} samples`;
      scroller.setAttribute("aria-rowcount", String(order.length + 1));
      rowsBox.style.height = `${order.length * ROW}px`;
      if (fromTop) {
        scroller.scrollTop = 0;
        state.chosen = order.length ? order[0] : -1;
      } else if (!order.includes(state.chosen)) {
        state.chosen = order.length ? order[0] : -1;
      }
      paint(true);
      showPreview();
      changed();
      state.lastUpdate = performance.now() - start;
    }

    function paint(fresh) {
      const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
      const last = Math.min(
        order.length,
        Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW) + SPARE,
      );
      if (fresh) {
        for (const node of pool.values()) node.remove();
        pool = new Map();
      }
      for (const [place, node] of pool) {
        if (place < first || place >= last) {
          node.remove();
          pool.delete(place);
        }
      }
      const added = [];
      for (let place = first; place < last; place += 1) {
        if (pool.has(place)) continue;
        const node = rowNode(place);
        pool.set(place, node);
        added.push(node);
      }
      rowsBox.append(...added);
      const chosenPlace = order.indexOf(state.chosen);
      if (pool.has(chosenPlace)) scroller.setAttribute("aria-activedescendant", `row-${state.chosen}`);
      else scroller.removeAttribute("aria-activedescendant");
    }

    function rowNode(place) {
      const row = order[place];
      const run = index.runs[Math.floor(row / tasks)];
      const runPlace = Math.floor(row / tasks);
      const task = row % tasks;
      const entry = index.tasks[task];
      const data = Pageloom.get(run.key);
      const outcome = data.outcomes[task];
      const fault = data.faults[task];
      return el(
        "div",
        {
          role: "row",
          class: row === state.chosen ? "grid-row chosen" : "grid-row",
          id: `row-${row}`,
          "aria-rowindex": place + 2,
          "aria-selected": String(row === state.chosen),
          style: { top: `${place * ROW}px` },
          on: { click: (event) => clicked(event, row), dblclick: () => open(row) },
        },
        el(
          "div",
          { role: "gridcell", class: "cell-task" },
          el(
            "a",
            { href: Pageloom.route.sample(run.key, entry.id), tabindex: "-1", title: entry.id },
            entry.id,
          ),
          titled ? el("span", { class: "cell-title" }, entry.title) : null,
        ),
        many
          ? el(
              "div",
              { role: "gridcell", class: "cell-run" },
              el("span", { class: "dot", style: { background: format.runColour(runPlace) } }),
              el("span", { class: "clip" }, run.label),
            )
          : null,
        categories.length ? el("div", { role: "gridcell", class: "muted clip" }, entry.category) : null,
        el(
          "div",
          { role: "gridcell", class: "clip" },
          el(
            "span",
            {
              class: `outcome ${format.OUTCOMES[outcome].id}`,
              title: fault ? format.faultWords(fault) : null,
            },
            fault ? format.faultWords(fault).split(": ").pop() : format.OUTCOMES[outcome].text,
          ),
        ),
        columns.map((metric) => {
          const number = data.values[metric.place][task];
          return el(
            "div",
            {
              role: "gridcell",
              class: number === null ? "number absent" : "number",
              style: { "--share": `${(format.share(number, metric.range) * 100).toFixed(1)}%` },
            },
            format.value(number, metric.range),
          );
        }),
      );
    }

    function clicked(event, row) {
      if (event.target.closest("a")) return;
      choose(row, false);
      scroller.focus({ preventScroll: true });
    }

    function choose(row, reveal) {
      mark(state.chosen, false);
      state.chosen = row;
      const place = order.indexOf(row);
      if (reveal && place >= 0) {
        const top = place * ROW;
        const room = scroller.clientHeight - header.offsetHeight;
        if (top < scroller.scrollTop) scroller.scrollTop = top;
        else if (top + ROW > scroller.scrollTop + room) scroller.scrollTop = top + ROW - room;
      }
      paint(false);
      mark(row, true);
      showPreview();
    }

    function mark(row, chosen) {
      const node = document.getElementById(`row-${row}`);
      if (!node) return;
      node.classList.toggle("chosen", chosen);
      node.setAttribute("aria-selected", String(chosen));
    }

    function open(row) {
      if (row < 0) return;
      state.chosen = row;
      location.hash = Pageloom.route.sample(
        index.runs[Math.floor(row / tasks)].key,
        index.tasks[row % tasks].id,
      );
    }

    function keys(event) {
      if (event.target.closest(".grid-head") || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 2);
      const steps = {
        ArrowDown: 1,
        j: 1,
        ArrowUp: -1,
        k: -1,
        PageDown: page,
        PageUp: -page,
        Home: -order.length,
        End: order.length,
      };
      if (event.key === "Enter" && order.length) open(state.chosen);
      else if (Object.hasOwn(steps, event.key) && order.length) {
        const place = order.indexOf(state.chosen) + steps[event.key];
        choose(order[Math.min(order.length - 1, Math.max(0, place))], true);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    }

    let previewTimer = 0;
    function showPreview() {
      clearTimeout(previewTimer);
      if (getComputedStyle(preview).display === "none") return;
      const row = state.chosen;
      if (row < 0) {
        preview.replaceChildren(el("p", { class: "note" }, "No sample fits the filter."));
        return;
      }
      previewTimer = setTimeout(() => fillPreview(row), 90);
    }

    async function fillPreview(row) {
      const run = index.runs[Math.floor(row / tasks)];
      const task = row % tasks;
      const entry = index.tasks[task];
      const heading = el(
        "a",
        { class: "preview-title", href: Pageloom.route.sample(run.key, entry.id) },
        entry.title || entry.id,
      );
      const data = Pageloom.get(run.key);
      if (data.outcomes[task] === 3) {
        preview.replaceChildren(
          heading,
          el("p", { class: "note" }, "The run was stopped before this sample was done."),
        );
        return;
      }
      let detail;
      try {
        detail = await Pageloom.loadSample(run.key, task);
      } catch (error) {
        preview.replaceChildren(heading, el("p", { class: "note" }, error.message));
        return;
      }
      if (row !== state.chosen) return;
      const figure = (page, name) =>
        el(
          "figure",
          null,
          page.picture
            ? el(
                "div",
                { class: "thumb" },
                el("img", { src: page.picture, alt: `${name} of ${entry.id}`, decoding: "async" }),
              )
            : el("div", { class: "no-picture" }, "no picture"),
          el("figcaption", null, name),
        );
      preview.replaceChildren(
        ...[
          heading,
          el("p", { class: "muted small" }, run.label),
          detail.fault
            ? el(
                "p",
                { class: detail.fault.ours ? "badge warn" : "badge bad" },
                format.faultWords(detail.fault.code),
              )
            : null,
          el(
            "div",
            { class: "preview-pair" },
            figure(detail.reference, "Reference"),
            figure(detail.candidate, "Candidate"),
          ),
          el("p", { class: "note" }, el("kbd", null, "Enter"), " opens the sample"),
        ].filter(Boolean),
      );
    }

    head();
    new ResizeObserver(() => paint(false)).observe(scroller);
    return {
      node: el(
        "section",
        { class: "card samples", "aria-labelledby": "samples-title" },
        el("div", { class: "card-head" }, el("h2", { id: "samples-title" }, "Samples")),
        bar,
        el("div", { class: "grid-and-preview" }, scroller, preview),
      ),
      update,
      search,
      scroller,
      reveal: () => choose(state.chosen, true),
    };
  }

  Pageloom.sampleList = { build, matching, sorted };
})();
