// The leaderboard: one row per run, its means with 95 % intervals, and the denominators they
// stand on.
"use strict";

(() => {
  const { el, svg, format, segmented, breakable } = Pageloom;

  // Mean and interval on the metric's whole scale.
  function whisker(score, range, colour, width) {
    const x = (number) => 3 + format.share(number, range) * (width - 6);
    const parts = [svg("line", { x1: 3, x2: width - 3, y1: 8, y2: 8, class: "whisker-track" })];
    if (score.ci95) {
      parts.push(
        svg("line", {
          x1: x(score.ci95[0]),
          x2: Math.max(x(score.ci95[1]), x(score.ci95[0]) + 0.5),
          y1: 8,
          y2: 8,
          class: "whisker-interval",
          style: { stroke: colour },
        }),
      );
    }
    parts.push(svg("circle", { cx: x(score.mean), cy: 8, r: 3, style: { fill: colour } }));
    return svg(
      "svg",
      { class: "whisker", width, height: 16, viewBox: `0 0 ${width} 16`, "aria-hidden": "true" },
      parts,
    );
  }

  function scoreCell(run, place, metric, wide) {
    const score = run.scores[metric.place];
    if (!score || score.mean === null)
      return el("td", { class: "number absent", title: "not measured" }, "–");
    const interval = score.ci95
      ? `95 % interval ${format.value(score.ci95[0], metric.range)} to ${format.value(score.ci95[1], metric.range)}`
      : "no interval for fewer than two samples";
    return el(
      "td",
      { class: wide ? "number wide" : "number", title: `${metric.label}: ${interval}, n = ${score.n}` },
      el("span", { class: "score-value" }, format.value(score.mean, metric.range)),
      wide && score.ci95
        ? el(
            "span",
            { class: "score-interval" },
            `${format.value(score.ci95[0], metric.range)} – ${format.value(score.ci95[1], metric.range)}`,
          )
        : null,
      whisker(score, metric.range, format.runColour(place), wide ? 150 : 72),
    );
  }

  const faultCount = (run, origin) =>
    run.faults.filter(([code]) => code.startsWith(origin)).reduce((sum, [, count]) => sum + count, 0);
  const faultTitle = (run, origin) =>
    run.faults
      .filter(([code]) => code.startsWith(origin))
      .map(([code, count]) => `${count} ${format.faultWords(code)}`)
      .join("\n");

  function countCell(count, of, title, first) {
    const short = of !== undefined && count < of;
    return el(
      "td",
      { class: `count${short ? " short" : ""}${first ? " first" : ""}`, title },
      format.whole(count),
    );
  }

  function build(index, options) {
    const groups = [...new Set(index.metrics.map((metric) => metric.group))];
    let group = groups.includes(options.group) ? options.group : groups[0];
    let sort = { key: index.headline === null ? "label" : `m${index.headline}`, up: index.headline === null };
    const table = el("table", { class: "leaderboard" });
    const choice = segmented(
      "Metrics shown",
      groups.map((id) => ({ id, text: format.groupName(id) })),
      group,
      (id) => {
        group = id;
        choice.choose(id);
        options.onGroup(id);
        draw();
      },
    );

    function columns() {
      return index.metrics.filter((metric) => metric.group === group);
    }

    function keyOf(run) {
      if (sort.key === "label") return run.label;
      if (sort.key.startsWith("m")) return meanOf(run, Number(sort.key.slice(1)));
      if (sort.key === "page" || sort.key === "system") return faultCount(run, sort.key);
      return run[sort.key];
    }

    function meanOf(run, place) {
      const score = run.scores[place];
      return score ? score.mean : null;
    }

    function ordered() {
      const rows = index.runs.map((run, place) => ({ run, place, key: keyOf(run) }));
      const sign = sort.up ? 1 : -1;
      rows.sort((a, b) => {
        if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
        return (
          (typeof a.key === "string" ? a.key.localeCompare(b.key) : a.key - b.key) * sign || a.place - b.place
        );
      });
      return rows;
    }

    function heading(key, text, className, title) {
      const active = sort.key === key;
      return el(
        "th",
        {
          scope: "col",
          class: className,
          "aria-sort": active ? (sort.up ? "ascending" : "descending") : "none",
        },
        el(
          "button",
          {
            type: "button",
            class: "sorter",
            title,
            "data-key": key,
            on: {
              click: () => {
                sort = active ? { key, up: !sort.up } : { key, up: key === "label" };
                draw();
                table.querySelector(`[data-key="${key}"]`).focus();
              },
            },
          },
          text,
        ),
      );
    }

    function draw() {
      const shown = columns();
      const wide = shown.length > 0 && shown[0].place === index.headline;
      table.replaceChildren(
        el("caption", { class: "hidden-text" }, "Runs with their mean scores and denominators"),
        el(
          "thead",
          null,
          el(
            "tr",
            null,
            heading("label", "Run", "name"),
            shown.map((metric) =>
              heading(
                `m${metric.place}`,
                metric.label,
                "number",
                `${metric.id}, ${metric.range[0]} to ${metric.range[1]}, ${metric.lower_is_better ? "lower" : "higher"} is better`,
              ),
            ),
            heading("tasks", "Tasks", "count first", "tasks of the suite"),
            heading("answered", "Answered", "count", "tasks with an answer"),
            heading("rendered", "Rendered", "count", "answers rendered to the end"),
            heading("scored", "Scored", "count", "samples with scores: rendered ones and page faults"),
            heading("page", "Page faults", "count", "the candidate's faults: scored with the lowest values"),
            heading("system", "System faults", "count", "our faults: not scored"),
          ),
        ),
        el(
          "tbody",
          null,
          ordered().map(({ run, place }) =>
            el(
              "tr",
              null,
              el(
                "th",
                { scope: "row", class: "name" },
                el(
                  "button",
                  {
                    type: "button",
                    class: "run-name",
                    title: "Show this run's samples",
                    on: { click: () => options.onRun(run.key) },
                  },
                  el("span", { class: "dot", style: { background: format.runColour(place) } }),
                  el("span", null, breakable(run.label)),
                ),
                run.interrupted ? el("span", { class: "badge warn" }, run.interrupted) : null,
              ),
              shown.map((metric) => scoreCell(run, place, metric, wide && metric.place === index.headline)),
              countCell(run.tasks, undefined, undefined, true),
              countCell(run.answered, run.tasks),
              run.asked ? el("td", { class: "count", title: "answers in words" }, "–") : countCell(run.rendered, run.tasks),
              countCell(run.scored, run.tasks),
              countCell(faultCount(run, "page"), undefined, faultTitle(run, "page")),
              countCell(faultCount(run, "system"), undefined, faultTitle(run, "system")),
            ),
          ),
        ),
      );
    }

    draw();
    return el(
      "section",
      { class: "card", "aria-labelledby": "leaderboard-title" },
      el(
        "div",
        { class: "card-head" },
        el("h2", { id: "leaderboard-title" }, "Leaderboard"),
        groups.length > 1 ? choice : null,
      ),
      el(
        "div",
        { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Leaderboard table" },
        table,
      ),
      el(
        "p",
        { class: "note" },
        "Mean over the samples that have a value. Bars: 95 % bootstrap interval on the metric's whole scale. Page faults count with the lowest values; system faults are not scored.",
      ),
    );
  }

  Pageloom.leaderboard = { build };
})();
