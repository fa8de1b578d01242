// The steps of an interaction: a strip of frames on top, which stays in sight, and a card for each
// step beneath. Arrow keys go from step to step; the one that is shown is part of the address.
"use strict";

(() => {
  const { el, format, phraseText, lightbox, stepCard, announce } = Pageloom;
  // What a jump sets off is not taken for scrolling by hand.
  const SETTLE_MS = 250;
  // Browsers refuse an address that changes many times a second.
  const ADDRESS_MS = 150;

  function summary(data, { metrics, scores, partial }) {
    const failing = data.first_failing === null ? null : data.steps[data.first_failing];
    const shown = metrics.filter((metric) => metric.group === "interactive");
    const values = new Map(scores.map((score) => [score.metric, score]));
    return {
      failing,
      node: el(
        "div",
        { class: "strip-facts" },
        el(
          "span",
          { class: "strip-done" },
          el("strong", null, `${format.whole(data.done)} of ${format.whole(data.total)}`),
          partial ? " known steps succeeded" : data.total === 1 ? " step succeeded" : " steps succeeded",
        ),
        shown
          .filter((metric) => values.has(metric.id))
          .map((metric) => {
            const { value, range, explanation } = values.get(metric.id);
            return el(
              "span",
              { class: "strip-score", title: explanation },
              el("span", { class: "muted" }, metric.label),
              " ",
              el("strong", null, format.value(value, range)),
            );
          }),
      ),
    };
  }

  function frame(step, place, { first, counts }, go) {
    const { mark, words } = stepCard.VERDICTS[step.verdict];
    const picture = step.candidate || step.reference;
    return el(
      "li",
      null,
      el(
        "button",
        {
          type: "button",
          class: first ? "frame first-failing" : counts ? "frame" : "frame uncounted",
          "data-step": step.step,
          "data-verdict": step.verdict,
          title: `${phraseText(step.phrase)}: ${words}`,
          "aria-label": `Step ${step.step}, ${words}${first ? ", first failing step" : ""}`,
          on: { click: () => go(place) },
        },
        picture && step.candidate
          ? el("img", { src: picture.path, alt: "", loading: "lazy", decoding: "async", draggable: "false" })
          : el("span", { class: "frame-empty" }),
        el(
          "span",
          { class: "frame-foot", "aria-hidden": "true" },
          el("span", null, step.step),
          el("span", { class: "frame-mark" }, mark),
        ),
      ),
    );
  }

  function build(data, options) {
    const entries = data.steps.map((step, place) => ({
      step,
      title: () => [`Step ${step.step} · `, Pageloom.phrase(step.phrase)],
      views: stepCard.views(step, data.steps[place - 1], options.label),
    }));
    const last = data.first_failing === null ? data.steps.length : data.first_failing;
    const standing = (place) => ({ first: place === data.first_failing, counts: place < last });
    const cards = entries.map((entry, place) =>
      stepCard.build(
        entry.step,
        entry.views,
        standing(place),
        (id) => lightbox.open(entries, entry, id, ({ step }) => mark(data.steps.indexOf(step))),
      ),
    );
    const frames = data.steps.map((step, place) => frame(step, place, standing(place), go));
    const buttons = frames.map((item) => item.firstChild);
    const film = el("ol", { class: "film" }, frames);
    const strip = el("nav", { class: "strip", "aria-label": "Steps" }, film);
    const facts = summary(data, options);
    let current = -1;
    let settled = 0;
    let telling = 0;

    // The frame of the step that is looked at, kept in sight without moving the page.
    function mark(place) {
      if (place === current || !buttons[place]) return;
      if (buttons[current]) buttons[current].removeAttribute("aria-current");
      current = place;
      buttons[place].setAttribute("aria-current", "step");
      const frame = frames[place];
      const left = frame.offsetLeft - film.offsetLeft;
      const spare = film.clientWidth - frame.offsetWidth;
      if (left - film.scrollLeft < 40 || left - film.scrollLeft > spare - 40)
        film.scrollLeft = Math.max(0, left - spare / 2);
      clearTimeout(telling);
      telling = setTimeout(() => options.onStep(data.steps[place].step), ADDRESS_MS);
    }

    function go(place) {
      const card = cards[place];
      if (!card) return;
      settled = performance.now() + SETTLE_MS;
      mark(place);
      card.scrollIntoView({ block: "start" });
      card.focus({ preventScroll: true });
      const { step, verdict } = data.steps[place];
      announce(`Step ${step}, ${stepCard.VERDICTS[verdict].words}`);
    }

    // The topmost card beneath the strip is the one that is looked at.
    function follow() {
      if (performance.now() < settled) return;
      const edge = strip.getBoundingClientRect().bottom + 60;
      const place = cards.findLastIndex((card) => card.getBoundingClientRect().top <= edge);
      if (place >= 0) mark(place);
    }

    let waiting = false;
    function scrolled() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        follow();
      });
    }
    window.addEventListener("scroll", scrolled, { passive: true });

    const node = el(
      "section",
      { class: "filmstrip", "aria-labelledby": "filmstrip-title" },
      el(
        "div",
        { class: "strip-head" },
        el("h2", { id: "filmstrip-title" }, "Step by step"),
        facts.node,
        facts.failing
          ? el(
              "button",
              { type: "button", class: "plain bad", on: { click: () => go(data.first_failing) } },
              `First failing step: ${facts.failing.step}`,
            )
          : null,
      ),
      strip,
      el("ol", { class: "steps" }, cards),
      data.left_out
        ? el("p", { class: "note" }, `${format.whole(data.left_out)} further steps are in the run’s log.`)
        : null,
    );
    return {
      node,
      // The step of this number, as an address names it.
      go: (number) => go(data.steps.findIndex(({ step }) => step === number)),
      move(way) {
        go(Math.min(data.steps.length - 1, Math.max(0, current + way)));
      },
      stop() {
        clearTimeout(telling);
        window.removeEventListener("scroll", scrolled);
      },
    };
  }

  Pageloom.filmstrip = { build };
})();
