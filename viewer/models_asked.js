// What each run asked of models: questions, where the answers came from, tokens and cost.
"use strict";

(() => {
  const { el, format } = Pageloom;

  // Where answers came from that the endpoint was not asked for.
  function sources(tally) {
    const told = [
      [tally.from_cache, "from other runs"],
      [tally.from_run, "from this run"],
      [tally.from_replay, "replayed"],
    ];
    return told.filter(([count]) => count).map(([count, words]) => `${format.whole(count)} ${words}`);
  }

  const notes = (tally) =>
    [
      [tally.cut_off, "cut off"],
      [tally.refused, "refused"],
    ]
      .filter(([count]) => count)
      .map(([count, words]) => el("span", { class: "badge warn" }, `${format.whole(count)} ${words}`));

  // An amount of money, of which some of the answers may not say their price.
  function money(amount, unknown, of) {
    if (of === 0) return el("span", { class: "absent" }, "–");
    if (unknown >= of) return el("span", { class: "absent" }, "price unknown");
    return [
      format.dollars(amount),
      unknown
        ? el("span", { class: "muted small" }, ` ${format.whole(unknown)} of unknown price`)
        : null,
    ];
  }

  function tokens(tally, number) {
    if (tally.asked === 0) return el("span", { class: "absent" }, "–");
    if (tally.uncounted >= tally.asked) return el("span", { class: "absent" }, "unknown");
    return format.whole(number);
  }

  const freeOf = (tally) => tally.from_cache + tally.from_run + tally.from_replay;

  // `columns` says which of the columns stand that few reports need.
  function cells(tally, columns) {
    const free = freeOf(tally);
    const asked = [format.whole(tally.asked)];
    if (tally.attempts !== tally.asked)
      asked.push(el("span", { class: "muted small" }, ` in ${format.whole(tally.attempts)} attempts`));
    return [
      el("td", null, format.whole(tally.questions)),
      el("td", null, asked),
      columns.free
        ? el("td", { class: "words" }, sources(tally).join(", ") || el("span", { class: "absent" }, "–"))
        : null,
      el("td", null, tokens(tally, tally.input_tokens)),
      el("td", null, tokens(tally, tally.output_tokens)),
      el("td", null, money(tally.cost, tally.unpriced, tally.asked)),
      columns.free ? el("td", null, money(tally.worth, tally.worth_unpriced, free)) : null,
      columns.notes ? el("td", { class: "words" }, notes(tally)) : null,
    ];
  }

  function group(run, place, several, columns) {
    const rows = run.usage.parts.map((part, number) =>
      el(
        "tr",
        null,
        several
          ? el(
              "th",
              { scope: "row", class: "run-of" },
              number === 0
                ? [
                    el("span", { class: "dot", style: { background: format.runColour(place) } }),
                    run.label,
                  ]
                : "",
            )
          : null,
        el("th", { scope: "row" }, part.purpose),
        el("td", { class: "words" }, part.model),
        cells(part, columns),
      ),
    );
    if (run.usage.parts.length > 1)
      rows.push(
        el(
          "tr",
          { class: "sum" },
          several ? el("td") : null,
          el("th", { scope: "row", colspan: "2" }, "together"),
          cells(run.usage.total, columns),
        ),
      );
    return rows;
  }

  // Nothing where no run asked anything.
  function build(index) {
    const asking = index.runs
      .map((run, place) => ({ run, place }))
      .filter(({ run }) => run.usage.parts.length);
    if (asking.length === 0) return null;
    const several = index.runs.length > 1;
    const columns = {
      free: asking.some(({ run }) => freeOf(run.usage.total) > 0),
      notes: asking.some(({ run }) => run.usage.total.cut_off + run.usage.total.refused > 0),
    };
    const heading = (text, title, words) =>
      el("th", { scope: "col", title, class: words ? "words" : null }, text);
    return el(
      "section",
      { class: "card", "aria-labelledby": "asked-title" },
      el("div", { class: "card-head" }, el("h2", { id: "asked-title" }, "Models asked")),
      el(
        "div",
        { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Models asked" },
        el(
          "table",
          { class: "quiet-table asked" },
          el("caption", { class: "hidden-text" }, "Questions to models, by run and purpose"),
          el(
            "thead",
            null,
            el(
              "tr",
              null,
              several ? heading("Run", "", true) : null,
              heading("Asked for", "what the answers are for", true),
              heading("Model", "", true),
              heading("Questions", "distinct questions that have an answer"),
              heading("Asked", "answers that the endpoint gave to this run"),
              columns.free ? heading("Not asked", "answers that were there already", true) : null,
              heading("Tokens in", "of the questions that the endpoint was asked"),
              heading("Tokens out", "of its answers"),
              heading("Paid", "US dollars, for what the endpoint was asked"),
              columns.free ? heading("Saved", "what the other answers cost when they were given") : null,
              columns.notes ? heading("Ended early", "cut off by the limit of tokens, or refused", true) : null,
            ),
          ),
          el("tbody", null, asking.map(({ run, place }) => group(run, place, several, columns))),
        ),
      ),
    );
  }

  Pageloom.modelsAsked = { build };
})();
