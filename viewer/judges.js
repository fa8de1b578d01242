// Two judges of one run side by side: the one that was asked and the local one, their means and
// whether they put the samples in the same order.
"use strict";

(() => {
  const { el, format, breakable } = Pageloom;

  // What sums the criteria up comes first; they themselves are shown on request.
  const SUMS = ["overall", "vsa", "cad", "tcc", "uii"];
  const isSum = (pair) => SUMS.includes(pair.metric.replace(/^wcgb\./, ""));

  function rows(pairs) {
    return pairs.map((pair) =>
      el(
        "tr",
        { "data-metric": pair.metric },
        el("th", { scope: "row" }, pair.label),
        [
          format.value(pair.mean_judge, pair.range),
          format.value(pair.mean_local, pair.range),
          format.difference(pair.difference, pair.range),
          format.correlation(pair.spearman),
          format.correlation(pair.kendall),
          format.whole(pair.n),
        ].map((text) => el("td", null, text)),
      ),
    );
  }

  function table(run, place, several) {
    const criteria = el("tbody", { hidden: true }, rows(run.judges.filter((pair) => !isSum(pair))));
    const heading = (text, title) => el("th", { scope: "col", title }, text);
    return el(
      "div",
      { class: "scroll-x", tabindex: "0", role: "region", "aria-label": `Judges of ${run.label}` },
      el(
        "table",
        { class: "quiet-table judges" },
        several
          ? el(
              "caption",
              null,
              el("span", { class: "dot", style: { background: format.runColour(place) } }),
              run.label,
            )
          : el("caption", { class: "hidden-text" }, `Judges of ${run.label}`),
        el(
          "thead",
          null,
          el(
            "tr",
            null,
            heading("Score"),
            heading(breakable(run.judge), "mean of the judge that was asked"),
            heading("Local judge", "mean of the local judge on the same samples"),
            heading("Difference", "mean of the judge that was asked less the local one"),
            heading("Spearman", "rank correlation, −1 to 1"),
            heading("Kendall", "tau-b, −1 to 1"),
            heading("n", "samples with both values"),
          ),
        ),
        el("tbody", null, rows(run.judges.filter(isSum))),
        criteria,
      ),
    );
  }

  // Nothing where no run was seen by two judges.
  function build(index) {
    const button = el(
      "button",
      { type: "button", class: "plain", "aria-pressed": "false", on: { click: toggle } },
      "Criteria",
    );

    function toggle() {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      for (const body of tables.querySelectorAll("tbody + tbody")) body.hidden = !shown;
    }

    const judged = index.runs.map((run, place) => ({ run, place })).filter(({ run }) => run.judges.length);
    if (judged.length === 0) return null;
    const tables = el(
      "div",
      { class: "side-by-side" },
      judged.map(({ run, place }) => table(run, place, index.runs.length > 1)),
    );
    const detailed = judged.some(({ run }) => !run.judges.every(isSum));
    return el(
      "section",
      { class: "card", "aria-labelledby": "judges-title" },
      el(
        "div",
        { class: "card-head" },
        el("h2", { id: "judges-title" }, "Judges side by side"),
        detailed ? button : null,
      ),
      tables,
      el(
        "p",
        { class: "note" },
        "Over the samples with both values. Spearman and Kendall say whether both judges put the samples in the same order; “–” stands where there are fewer than three, or one judge gives all the same.",
      ),
    );
  }

  Pageloom.judges = { build };
})();
