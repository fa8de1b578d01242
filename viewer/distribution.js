// How one metric is spread over the samples of each run: single samples with their quartiles, or
// a histogram.
"use strict";

(() => {
  const { el, svg, format, segmented, select } = Pageloom;
  const ROW = 40;
  const BINS = 40;
  // Above this many samples single dots would say less than a density.
  const MOST_DOTS = 400;

  function quantile(sorted, share) {
    const place = (sorted.length - 1) * share;
    const low = Math.floor(place);
    const high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
  }

  // Offsets that keep dots of one row apart: the same for the same task in every drawing.
  const jitter = (task) => ((task * 2654435761) % 1024) / 1024 - 0.5;

  function counts(values, range) {
    const bins = new Array(BINS).fill(0);
    for (const number of values)
      bins[Math.min(BINS - 1, Math.floor(format.share(number, range) * BINS))] += 1;
    return bins;
  }

  function strip(row, x, metric, open) {
    const middle = ROW / 2;
    const parts = [];
    const colour = { fill: row.colour };
    if (row.points.length <= MOST_DOTS) {
      for (const { task, number } of row.points) {
        parts.push(
          svg(
            "circle",
            {
              cx: x(number).toFixed(1),
              cy: (middle + jitter(task) * 18).toFixed(1),
              r: 3,
              class: "dot-sample",
              style: colour,
              on: { click: () => open(row.run, task) },
            },
            svg("title", null, `${row.name(task)}: ${format.value(number, metric.range)}`),
          ),
        );
      }
    } else {
      parts.push(density(row, x, metric, middle));
    }
    const sorted = row.points.map((point) => point.number).sort((a, b) => a - b);
    const [low, q1, median, q3, high] = [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => quantile(sorted, share));
    parts.push(
      svg("line", { x1: x(low), x2: x(high), y1: middle, y2: middle, class: "box-line" }),
      svg("rect", {
        x: x(q1),
        y: middle - 7,
        width: Math.max(1, x(q3) - x(q1)),
        height: 14,
        rx: 2,
        class: "box",
      }),
      svg("line", { x1: x(median), x2: x(median), y1: middle - 10, y2: middle + 10, class: "box-median" }),
    );
    return parts;
  }

  // The mirrored outline of the histogram.
  function density(row, x, metric, middle) {
    const bins = counts(
      row.points.map((point) => point.number),
      metric.range,
    );
    const most = Math.max(...bins);
    const left = x(metric.range[0]);
    const step = (x(metric.range[1]) - left) / BINS;
    // The outline starts and ends at the ends of the scale, where many values may lie.
    const centres = [0, ...bins.map((_, bin) => bin + 0.5), BINS];
    const heights = [bins[0], ...bins, bins[BINS - 1]];
    const edge = (sign) =>
      centres.map(
        (centre, place) =>
          `${(left + centre * step).toFixed(1)},${(middle + sign * Math.sqrt(heights[place] / most) * 17).toFixed(1)}`,
      );
    return svg("polygon", {
      points: [...edge(-1), ...edge(1).reverse()].join(" "),
      class: "density",
      style: { fill: row.colour },
    });
  }

  function histogram(row, x, metric) {
    const bins = counts(
      row.points.map((point) => point.number),
      metric.range,
    );
    const most = Math.max(...bins);
    const left = x(metric.range[0]);
    const step = (x(metric.range[1]) - left) / BINS;
    const width = metric.range[1] - metric.range[0];
    return bins.map((count, bin) => {
      if (count === 0) return null;
      const height = Math.max(1.5, (count / most) * (ROW - 6));
      const from = metric.range[0] + (bin / BINS) * width;
      const to = metric.range[0] + ((bin + 1) / BINS) * width;
      return svg(
        "rect",
        {
          x: left + bin * step + 0.5,
          width: Math.max(1, step - 1),
          y: ROW - 2 - height,
          height,
          class: "bar",
          style: { fill: row.colour },
        },
        svg(
          "title",
          null,
          `${count} samples from ${format.value(from, metric.range)} to ${format.value(to, metric.range)}`,
        ),
      );
    });
  }

  function build(index, options) {
    let metric = index.metrics[options.metric] || index.metrics[index.headline ?? 0];
    let kind = options.kind === "histogram" ? "histogram" : "strip";
    const plot = el("div", { class: "plot" });
    const kinds = segmented(
      "Kind of plot",
      [
        { id: "strip", text: "Samples" },
        { id: "histogram", text: "Histogram" },
      ],
      kind,
      (id) => {
        kind = id;
        kinds.choose(id);
        draw();
      },
    );
    const choice = select(
      "Metric",
      index.metrics.map((entry) => ({ id: String(entry.place), text: entry.label })),
      String(metric.place),
      (id) => {
        metric = index.metrics[Number(id)];
        draw();
      },
    );
    const note = el("p", { class: "note" });
    let drawnWidth = 0;

    function rows() {
      return index.runs
        .map((run, place) => {
          const data = Pageloom.get(run.key);
          const points = [];
          if (data) {
            data.values[metric.place].forEach((number, task) => {
              if (number !== null) points.push({ task, number });
            });
          }
          const score = run.scores[metric.place];
          const mean = score && score.mean !== null ? score.mean : -Infinity;
          return {
            run,
            points,
            mean,
            label: run.label,
            colour: format.runColour(place),
            name: (task) => index.tasks[task].id,
          };
        })
        .sort((a, b) => b.mean - a.mean || 0);
    }

    function draw() {
      note.textContent =
        kind === "strip"
          ? "Box: middle half of the samples and their median; line: 5th to 95th percentile."
          : "Number of samples by value; the highest bar of each run has the full height.";
      drawnWidth = plot.clientWidth || 900;
      const left = Math.min(230, drawnWidth * 0.3);
      const x = (number) => left + 8 + format.share(number, metric.range) * (drawnWidth - left - 70);
      const all = rows();
      const height = all.length * ROW + 26;
      const ticks = [0, 0.25, 0.5, 0.75, 1].map(
        (share) => metric.range[0] + share * (metric.range[1] - metric.range[0]),
      );
      const open = (run, task) => {
        location.hash = Pageloom.route.sample(run.key, index.tasks[task].id);
      };
      plot.replaceChildren(
        svg(
          "svg",
          {
            width: drawnWidth,
            height,
            viewBox: `0 0 ${drawnWidth} ${height}`,
            role: "img",
            "aria-label": `${metric.label} of each run: ${all.map((row) => `${row.label}, ${row.points.length} samples`).join("; ")}`,
          },
          ticks.map((tick) => [
            svg("line", { x1: x(tick), x2: x(tick), y1: 0, y2: all.length * ROW, class: "grid-line" }),
            svg(
              "text",
              { x: x(tick), y: height - 8, class: "tick", "text-anchor": "middle" },
              format.value(tick, metric.range).replace(/\.?0+$/, ""),
            ),
          ]),
          all.map((row, place) =>
            svg(
              "g",
              { transform: `translate(0 ${place * ROW})` },
              svg("circle", { cx: 5, cy: ROW / 2, r: 4.5, style: { fill: row.colour } }),
              svg(
                "text",
                { x: 18, y: ROW / 2 + 4, class: "row-label" },
                shortened(row.label, left - 22),
                svg("title", null, row.label),
              ),
              svg(
                "text",
                { x: drawnWidth - 4, y: ROW / 2 + 4, class: "tick", "text-anchor": "end" },
                `n ${format.whole(row.points.length)}`,
              ),
              row.points.length === 0
                ? null
                : kind === "strip"
                  ? strip(row, x, metric, open)
                  : histogram(row, x, metric),
            ),
          ),
        ),
      );
    }

    function shortened(text, width) {
      const most = Math.floor(width / 7.4);
      return text.length > most ? `${text.slice(0, most - 1)}…` : text;
    }

    new ResizeObserver(() => {
      if (Math.abs(plot.clientWidth - drawnWidth) > 1) draw();
    }).observe(plot);
    return {
      node: el(
        "section",
        { class: "card", "aria-labelledby": "distribution-title" },
        el(
          "div",
          { class: "card-head" },
          el("h2", { id: "distribution-title" }, "Distribution"),
          el("div", { class: "controls" }, choice, kinds),
        ),
        plot,
        note,
      ),
      draw,
    };
  }

  Pageloom.distribution = { build };
})();
