// The tests of a website by its use: what the tester was to do, what it decided, and, unfolded, each of
// its moves with the window after it.
"use strict";

(() => {
  const { el, format, lightbox } = Pageloom;
  const VERDICTS = {
    yes: { mark: "✓", words: "yes", tone: "good" },
    partial: { mark: "◐", words: "partial", tone: "warn" },
    no: { mark: "✗", words: "no", tone: "bad" },
    not_started: { mark: "–", words: "not started", tone: "bad" },
    unscored: { mark: "!", words: "unscored", tone: "none" },
  };
  const kindOf = (test) => (test.verdict === null ? "unscored" : test.verdict);

  const theirs = (words) => el("span", { class: "theirs", dir: "auto" }, words);

  function badge(kind, count) {
    const { mark, words, tone } = VERDICTS[kind];
    return el(
      "span",
      { class: `verdict ${tone}` },
      el("span", { "aria-hidden": "true" }, `${mark} `),
      count === undefined ? words : `${format.whole(count)} ${words}`,
    );
  }

  function moveViews(move, number) {
    if (!move.picture) return [];
    return [
      { id: "after", name: "Window after it", alt: `The window after move ${number}`, picture: move.picture },
    ];
  }

  function moves(test) {
    const entries = test.moves.map((move, place) => ({
      title: () => [`Move ${place + 1} · `, theirs(move.action)],
      views: moveViews(move, place + 1),
    }));
    return [
      el(
        "ol",
        { class: "moves" },
        test.moves.map((move, place) =>
          el(
            "li",
            { class: move.not_done === null ? "move" : "move not-done" },
            el("p", { class: "move-action" }, el("span", { class: "muted" }, `${place + 1} `), theirs(move.action)),
            move.not_done === null
              ? null
              : el("p", { class: "small bad-text" }, "Not done: ", theirs(move.not_done)),
            entries[place].views.map((view) =>
              lightbox.figure(view, () => lightbox.open(entries, entries[place], view.id), "bare"),
            ),
            move.missing ? el("p", { class: "note" }, "The picture is missing from the run’s blobs.") : null,
          ),
        ),
      ),
      test.left_out
        ? el("p", { class: "note" }, `${format.whole(test.left_out)} further moves are in the run’s log.`)
        : null,
    ].filter(Boolean);
  }

  function rows(test, number) {
    const count = test.moves.length + test.left_out;
    const list = el("div", { class: "moves-body" });
    const details = el(
      "details",
      { class: "moves-of" },
      el("summary", null, count === 1 ? "1 move" : `${format.whole(count)} moves`),
      list,
    );
    details.addEventListener("toggle", () => {
      if (details.open && !list.firstChild) list.append(...moves(test));
    });
    return el(
      "tbody",
      { "data-verdict": kindOf(test) },
      el(
        "tr",
        null,
        el("th", { scope: "row", class: "number" }, number),
        el("td", null, theirs(test.task)),
        el("td", null, theirs(test.expected)),
        el("td", null, theirs(test.category)),
        el("td", null, badge(kindOf(test))),
        el("td", null, theirs(test.reason)),
      ),
      count ? el("tr", { class: "moves-row" }, el("td"), el("td", { colspan: "5" }, details)) : null,
    );
  }

  // Nothing where no tests were made.
  function build(detail) {
    const tests = detail.tests;
    if (!tests) return null;
    const counts = Object.keys(VERDICTS)
      .map((kind) => [kind, tests.cases.filter((test) => kindOf(test) === kind).length])
      .filter(([, count]) => count);
    return el(
      "section",
      { class: "card website-tests", "aria-labelledby": "tests-title" },
      el(
        "div",
        { class: "card-head" },
        el("h2", { id: "tests-title" }, "Tests by use"),
        el("div", { class: "test-counts" }, counts.map(([kind, count]) => badge(kind, count))),
      ),
      el(
        "div",
        { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Tests by use", "data-arrows": true },
        el(
          "table",
          { class: "tests-table" },
          el(
            "thead",
            null,
            el(
              "tr",
              null,
              ["No.", "Task", "Expected result", "Category", "Verdict", "Reason"].map((name) =>
                el("th", { scope: "col", class: name === "No." ? "number" : null }, name),
              ),
            ),
          ),
          tests.cases.map((test, place) => rows(test, place + 1)),
        ),
      ),
      tests.left_out
        ? el("p", { class: "note" }, `${format.whole(tests.left_out)} further tests are in the run’s log.`)
        : null,
    );
  }

  Pageloom.websiteTests = { build };
})();
