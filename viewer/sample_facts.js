// What is known of one sample beside its pictures: every score with its reason, the text blocks,
// what the pages wrote to the console and asked the network for, and how long the stages took.
"use strict";

(() => {
  const { el, format } = Pageloom;

  function scoreList(index, detail, chosen, choose) {
    const places = new Map(index.metrics.map((metric, place) => [metric.id, place]));
    const known = (score) => index.metrics[places.get(score.metric)];
    const groups = new Map();
    const ordered = [...detail.scores].sort((a, b) => places.get(a.metric) - places.get(b.metric));
    for (const score of ordered) {
      const group = known(score) ? known(score).group : "other";
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(score);
    }
    if (ordered.length === 0) return el("p", { class: "note" }, "This sample has no scores.");
    return el(
      "div",
      { class: "score-list" },
      [...groups].map(([group, scores]) =>
        el(
          "section",
          { "aria-label": format.groupName(group) },
          el("h3", null, format.groupName(group)),
          scores.map((score) => scoreItem(score, known(score), score.metric === chosen, choose)),
        ),
      ),
    );
  }

  function scoreItem(score, metric, chosen, choose) {
    const boxes = (score.evidence || []).length;
    return el(
      "button",
      {
        type: "button",
        class: "score-item",
        "aria-pressed": String(chosen),
        "data-metric": score.metric,
        title: `${score.metric}, version ${score.version}, range ${score.range[0]} to ${score.range[1]}`,
        on: { click: () => choose(score) },
      },
      el(
        "span",
        { class: "score-line" },
        el("span", { class: "score-name" }, metric ? metric.label : score.metric),
        boxes ? el("span", { class: "score-boxes" }, boxes === 1 ? "1 box" : `${boxes} boxes`) : null,
        el(
          "span",
          { class: score.value === null ? "score-number absent" : "score-number" },
          score.value === null ? "not measured" : format.value(score.value, score.range),
        ),
      ),
      el("span", {
        class: "range-bar",
        style: { "--share": `${(format.share(score.value, score.range) * 100).toFixed(1)}%` },
      }),
      el("span", { class: "score-reason" }, score.explanation),
    );
  }

  function blockList(detail, reveal) {
    const kinds = { missed: [], extra: [], changed: [], matched: [] };
    detail.blocks.forEach((pair, number) => {
      const kind = !pair.candidate
        ? "missed"
        : !pair.reference
          ? "extra"
          : pair.similarity !== null && pair.similarity < 0.9995
            ? "changed"
            : "matched";
      kinds[kind].push({ pair, number });
    });
    if (detail.blocks.length === 0) return el("p", { class: "note" }, "No text blocks were matched.");
    const names = {
      missed: "Missed: on the reference only",
      extra: "Extra: on the candidate only",
      changed: "Matched, with another text",
      matched: "Matched",
    };
    return el(
      "div",
      { class: "block-list" },
      Object.entries(kinds)
        .filter(([, list]) => list.length)
        .map(([kind, list]) =>
          el(
            "section",
            null,
            el("h3", null, el("span", { class: `swatch ${kind}` }), `${names[kind]} (${list.length})`),
            el(
              "ul",
              null,
              list.map(({ pair, number }) =>
                el(
                  "li",
                  null,
                  el(
                    "button",
                    { type: "button", class: "block-item", on: { click: () => reveal(number) } },
                    el("span", { class: "clip" }, pair.text || "(no text)"),
                    pair.similarity === null
                      ? null
                      : el("span", { class: "score-number" }, format.value(pair.similarity)),
                  ),
                ),
              ),
            ),
          ),
        ),
    );
  }

  function messages(page, name) {
    const capture = page.capture;
    if (!capture) {
      return el(
        "section",
        null,
        el("h3", null, name),
        el(
          "p",
          { class: "note" },
          page.missing.includes("capture")
            ? "The capture of this page is missing or damaged."
            : "This page was not captured.",
        ),
      );
    }
    const facts = [];
    if (capture.title) facts.push(`Title: ${capture.title}`);
    facts.push(
      `${capture.viewport.width} × ${capture.viewport.height} window, ${capture.page_width} × ${capture.page_height} page`,
    );
    if (capture.uncapped_height) facts.push(`cut from a height of ${format.whole(capture.uncapped_height)}`);
    if (capture.dialogs)
      facts.push(
        capture.dialogs === 1 ? "1 dialog dismissed" : `${format.whole(capture.dialogs)} dialogs dismissed`,
      );
    if (capture.dropped_messages)
      facts.push(`${format.whole(capture.dropped_messages)} further messages left out`);
    const rows = [
      ...capture.exceptions.map((text) => ["error", "exception", text]),
      ...capture.console.map((message) => [message.level, message.level, message.text]),
    ];
    return el(
      "section",
      null,
      el("h3", null, name),
      el("p", { class: "note" }, facts.join(" · ")),
      rows.length === 0
        ? el("p", { class: "muted small" }, "Console: nothing.")
        : el(
            "ul",
            { class: "messages" },
            rows.map(([level, word, text]) =>
              el(
                "li",
                { class: level },
                el("span", { class: "level" }, word),
                el("span", { class: "message-text" }, text),
              ),
            ),
          ),
      capture.requests.length === 0
        ? el("p", { class: "muted small" }, "Refused or failed requests: none.")
        : el(
            "ul",
            { class: "messages" },
            capture.requests.map((request) =>
              el(
                "li",
                { class: "request" },
                el("span", { class: "level" }, request.outcome.replace("_", " ")),
                el(
                  "span",
                  { class: "message-text" },
                  request.url,
                  el("span", { class: "muted" }, ` ${request.resource}`),
                ),
              ),
            ),
          ),
    );
  }

  function messageCount(detail) {
    return [detail.reference, detail.candidate].reduce(
      (sum, { capture }) =>
        sum + (capture ? capture.console.length + capture.exceptions.length + capture.requests.length : 0),
      0,
    );
  }

  function timing(detail) {
    const parts = [];
    if (detail.stages.length) {
      parts.push(
        el(
          "table",
          { class: "plain-table" },
          el(
            "tbody",
            null,
            detail.stages.map((stage) => [
              el(
                "tr",
                null,
                el("th", { scope: "row" }, stage.stage),
                el("td", { class: "number" }, format.seconds(stage.seconds)),
              ),
              stage.phases.map(([phase, seconds]) =>
                el(
                  "tr",
                  { class: "phase" },
                  el("th", { scope: "row" }, phase),
                  el("td", { class: "number" }, format.seconds(seconds)),
                ),
              ),
            ]),
          ),
        ),
      );
    } else parts.push(el("p", { class: "note" }, "No timings were recorded."));
    if (detail.retries.length) {
      parts.push(
        el("h3", null, "Tried again after"),
        el(
          "ul",
          { class: "messages" },
          detail.retries.map((fault) =>
            el(
              "li",
              { class: "warning" },
              el("span", { class: "level" }, format.faultWords(fault.code)),
              el("span", { class: "message-text" }, fault.detail),
            ),
          ),
        ),
      );
    }
    return parts;
  }

  // Four tabs, arrow keys move between them.
  function build(index, detail, options) {
    const count = messageCount(detail);
    const tabs = [
      {
        id: "scores",
        text: `Scores ${detail.scores.length}`,
        fill: () => scoreList(index, detail, options.score, options.onScore),
      },
      {
        id: "blocks",
        text: `Blocks ${detail.blocks.length}`,
        fill: () => blockList(detail, options.onBlock),
      },
      {
        id: "messages",
        text: count ? `Messages ${count}` : "Messages",
        fill: () => [messages(detail.candidate, "Candidate"), messages(detail.reference, "Reference")],
      },
      { id: "timing", text: "Timing", fill: () => timing(detail) },
    ];
    const panel = el("div", { class: "facts-body", role: "tabpanel", id: "facts-panel", tabindex: "0" });
    const buttons = tabs.map((tab) =>
      el(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${tab.id}`,
          "aria-controls": "facts-panel",
          class: "tab",
          on: { click: () => show(tab.id), keydown: move },
        },
        tab.text,
      ),
    );

    function show(id) {
      const place = Math.max(
        0,
        tabs.findIndex((tab) => tab.id === id),
      );
      buttons.forEach((button, number) => {
        button.setAttribute("aria-selected", String(number === place));
        button.tabIndex = number === place ? 0 : -1;
      });
      panel.setAttribute("aria-labelledby", buttons[place].id);
      panel.replaceChildren(...[tabs[place].fill()].flat());
      panel.scrollTop = 0;
      options.onTab(tabs[place].id);
    }

    function move(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const place = (buttons.indexOf(event.currentTarget) + step + buttons.length) % buttons.length;
      buttons[place].focus();
      show(tabs[place].id);
      event.preventDefault();
    }

    show(options.tab);
    return {
      node: el(
        "aside",
        { class: "facts", "aria-label": "Facts of the sample" },
        el("div", { class: "tabs", role: "tablist" }, buttons),
        panel,
      ),
      mark(metric) {
        for (const item of panel.querySelectorAll(".score-item"))
          item.setAttribute("aria-pressed", String(item.dataset.metric === metric));
      },
    };
  }

  Pageloom.sampleFacts = { build };
})();
