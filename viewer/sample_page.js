// The page of one sample: where it stands among its neighbours and other runs, what went wrong,
// the stage with both pages, and the facts.
"use strict";

(() => {
  const { el, format, route, announce } = Pageloom;

  function faultBanner(detail) {
    if (!detail.fault) return null;
    const { code, ours, detail: words } = detail.fault;
    return el(
      "div",
      { class: ours ? "banner warn" : "banner bad", role: "note" },
      el("strong", null, format.faultWords(code)),
      el("span", { class: "banner-text" }, words),
      el(
        "span",
        { class: "muted" },
        ours
          ? "Our side failed: this sample is not scored."
          : "The candidate failed: this sample counts with the lowest values.",
      ),
    );
  }

  // The question beside the two answers; an answer is text that a model wrote, and stays text.
  function questionBox(detail) {
    const asked = detail.questioning;
    if (!asked) return null;
    const given = asked.answer === null ? el("em", { class: "muted" }, "no answer") : asked.answer;
    return el(
      "dl",
      { class: "question-box" },
      [
        ["Question", asked.question],
        ["Right answer", asked.gold],
        ["Given answer", given],
      ].map(([name, words]) => [el("dt", null, name), el("dd", null, words)]),
    );
  }

  // Goes on in the list's order; without one, in the order of the tasks.
  function neighbours(index, memory, runPlace, task) {
    const tasks = index.tasks.length;
    const row = runPlace * tasks + task;
    let order = memory.order;
    if (!order.includes(row)) order = index.tasks.map((_, place) => runPlace * tasks + place);
    const place = order.indexOf(row);
    const address = (other) =>
      other === undefined
        ? null
        : route.sample(
            index.runs[Math.floor(other / tasks)].key,
            index.tasks[other % tasks].id,
            memory.sampleOptions(),
          );
    return { place, of: order.length, before: address(order[place - 1]), after: address(order[place + 1]) };
  }

  function build(index, memory, where) {
    const runPlace = index.runs.findIndex((run) => run.key === where.run);
    const task = index.tasks.findIndex((entry) => entry.id === where.task);
    if (runPlace < 0 || task < 0) {
      return {
        node: el(
          "p",
          { class: "banner bad" },
          `This report has no sample “${where.task}” of run “${where.run}”.`,
        ),
        key: () => false,
        stop() {},
      };
    }
    const run = index.runs[runPlace];
    const entry = index.tasks[task];
    const near = neighbours(index, memory, runPlace, task);
    memory.chosen = runPlace * index.tasks.length + task;
    const content = el("div", { class: "sample-content" }, el("p", { class: "note" }, "Reading…"));
    let stage = null;
    let facts = null;
    let strip = null;
    let stopped = false;

    const go = (address) => {
      if (address) location.hash = address;
    };
    const step = (address, text, key, hint) =>
      address
        ? el("a", { class: "plain", href: address, title: `${hint} (${key})` }, text)
        : el("span", { class: "plain disabled", "aria-disabled": "true" }, text);

    function others() {
      if (index.runs.length < 2) return null;
      const head = index.headline === null ? null : index.metrics[index.headline];
      return el(
        "nav",
        { class: "run-chips", "aria-label": "This task in other runs" },
        index.runs.map((other, place) => {
          const data = Pageloom.get(other.key);
          if (!data || data.outcomes[task] === 4) return null;
          const number = head ? data.values[head.place][task] : null;
          return el(
            "a",
            {
              class: "run-chip",
              href: route.sample(other.key, entry.id, memory.sampleOptions()),
              "aria-current": place === runPlace ? "page" : null,
              title: format.OUTCOMES[data.outcomes[task]].text,
            },
            el("span", { class: "dot", style: { background: format.runColour(place) } }),
            other.label,
            el(
              "span",
              { class: data.outcomes[task] === 0 ? "chip-number" : "chip-number faulty" },
              head ? format.value(number, head.range) : "",
            ),
          );
        }),
      );
    }

    // The step belongs to this sample alone; everything else is kept for the next one.
    let chosenStep = where.options.get("step") || "";

    function address() {
      return route.sample(run.key, entry.id, { ...memory.sampleOptions(), step: chosenStep });
    }

    function changed(part) {
      Object.assign(memory.sample, part);
      route.replace(address());
    }

    function buildStrip(detail) {
      if (!detail.interaction) return null;
      strip = Pageloom.filmstrip.build(detail.interaction, {
        metrics: index.metrics,
        scores: detail.scores || [],
        partial: !detail.scores,
        label: run.label,
        onStep: (step) => {
          chosenStep = String(step);
          route.replace(address());
        },
      });
      return strip.node;
    }

    // Once the strip is in the page.
    function showStep() {
      if (strip && chosenStep !== "") strip.go(Number(chosenStep));
    }

    async function fill() {
      let detail;
      const data = Pageloom.get(run.key);
      const unfinished = Boolean(data) && data.outcomes[task] >= 3;
      const note = el(
        "p",
        { class: "banner warn" },
        unfinished && data.outcomes[task] === 4
          ? "This task is not part of this run."
          : "The run was stopped before this sample was done.",
      );
      if (unfinished && !data.begun.includes(task)) {
        content.replaceChildren(note);
        return;
      }
      try {
        detail = await Pageloom.loadSample(run.key, task);
      } catch (error) {
        content.replaceChildren(el("p", { class: "banner bad" }, error.message));
        return;
      }
      if (stopped) return;
      if (unfinished) {
        content.replaceChildren(note, buildStrip(detail));
        showStep();
        document.body.dataset.ready = `sample ${run.key}/${entry.id}`;
        return;
      }
      const chosen = detail.scores.find((score) => score.metric === memory.sample.score) || null;
      if (Pageloom.stage.sidesOf(detail).length) {
        stage = Pageloom.stage.build(detail, {
          view: memory.sample.view,
          layer: memory.sample.layer,
          label: `Candidate · ${run.label}`,
          changed,
        });
      }
      facts = Pageloom.sampleFacts.build(index, detail, {
        tab: memory.sample.tab,
        score: chosen ? chosen.metric : null,
        onTab: (tab) => changed({ tab }),
        onBlock: (pair) => stage && stage.reveal(pair),
        onScore: (score) => {
          const again = memory.sample.score === score.metric;
          changed({ score: again ? "" : score.metric });
          facts.mark(again ? null : score.metric);
          if (!stage) return;
          stage.choose(again ? null : score);
          if (again) stage.layer("blocks");
        },
      });
      if (chosen && stage) stage.choose(chosen);
      content.replaceChildren(
        ...[
          faultBanner(detail),
          questionBox(detail),
          buildStrip(detail),
          Pageloom.websiteTests.build(detail),
          el("div", { class: stage ? "sample-body" : "sample-body alone" }, stage ? stage.node : null, facts.node),
          Pageloom.exchanges.build(detail),
        ].filter(Boolean),
      );
      showStep();
      document.body.dataset.ready = `sample ${run.key}/${entry.id}`;
    }

    const title = entry.title || entry.id;
    fill();
    announce(`Sample ${entry.id}, ${run.label}`);
    return {
      title: `${entry.id} · ${run.label}`,
      node: el(
        "div",
        { class: "sample-page" },
        el(
          "div",
          { class: "sample-head" },
          el(
            "nav",
            { class: "crumbs", "aria-label": "Samples" },
            el(
              "a",
              { class: "plain", href: memory.overviewAddress(), title: "Back to the overview (Esc)" },
              "← Overview",
            ),
            el(
              "span",
              { class: "muted small" },
              `${format.whole(near.place + 1)} of ${format.whole(near.of)}`,
            ),
            step(near.before, "‹ Previous", "p", "Previous sample"),
            step(near.after, "Next ›", "n", "Next sample"),
          ),
          el("h1", null, title),
          el(
            "p",
            { class: "muted" },
            [title === entry.id ? "" : entry.id, entry.category, run.label].filter(Boolean).join(" · "),
          ),
          others(),
        ),
        content,
      ),
      key(key) {
        if (key === "n") go(near.after);
        else if (key === "p") go(near.before);
        else if (key === "Escape") go(memory.overviewAddress());
        else if (key === "[" || key === "]") {
          const next =
            index.runs[(runPlace + (key === "]" ? 1 : -1) + index.runs.length) % index.runs.length];
          go(route.sample(next.key, entry.id, memory.sampleOptions()));
        } else if (key === "f") content.classList.toggle("facts-hidden");
        else if (strip && (key === "ArrowLeft" || key === "ArrowRight")) strip.move(key === "ArrowRight" ? 1 : -1);
        else return stage ? stage.key(key) : false;
        return true;
      },
      stop() {
        stopped = true;
        if (stage) stage.stop();
        if (strip) strip.stop();
        Pageloom.lightbox.close();
      },
    };
  }

  Pageloom.samplePage = { build };
})();
