// One step of an interaction: what was done to which element, the window before and after it beside the
// checkpoint, and what was expected. Names and sentences are text of a task, a page or a model.
"use strict";

(() => {
  const { el, format, phrase, lightbox } = Pageloom;
  const VERDICTS = {
    passed: { mark: "✓", words: "done", tone: "good" },
    refuted: { mark: "✗", words: "done, but not as expected", tone: "bad" },
    not_done: { mark: "✗", words: "failed", tone: "bad" },
    page_fault: { mark: "✗", words: "page fault", tone: "bad" },
    system_fault: { mark: "!", words: "our fault", tone: "warn" },
    unjudged: { mark: "?", words: "done, not judged", tone: "warn" },
    unreached: { mark: "–", words: "not reached", tone: "none" },
  };
  const METHODS = {
    target: "by the task’s own target",
    local: "from the description, without a model",
    tree: "a language model chose it from the tree of elements",
    marks: "a vision model chose it from a numbered screenshot",
  };
  const COMPARED = new Map([
    ["ocr", "Text (OCR)"],
    ["dino", "Look (DINO)"],
    ["structure", "Look (structure)"],
    ["judge", "Judge"],
  ]);
  const MISSING = { reference: "checkpoint", candidate: "candidate’s picture", difference: "difference" };

  const text = (words, className) => el("span", { class: className || "theirs", dir: "auto" }, words);
  const section = (name, ...parts) =>
    el("section", { class: "step-fact" }, el("h4", null, name), ...parts);

  function marksOf(step) {
    const marks = [];
    if (step.resolution) marks.push({ rect: step.resolution.rect, kind: "origin" });
    if (step.destination) marks.push({ rect: step.destination.rect, kind: "destination" });
    return marks;
  }

  function markNote(step, picture) {
    const away = marksOf(step)
      .map(({ rect }) => lightbox.outside(rect, picture))
      .find(Boolean);
    if (away) return `element ${away} this view, brought into it first`;
    if (step.destination) return "dragged from the solid to the dashed outline";
    if (!step.resolution) return null;
    return step.failure ? "outlined: the element it was meant for" : "outlined: the element it was done to";
  }

  // The pictures of a step. What an action was done to is outlined where it was used: on the window as
  // it was before the action.
  function views(step, before, label) {
    const list = [];
    const number = step.step;
    if (number > 0 && before && before.candidate && step.verdict !== "unreached") {
      list.push({
        id: "before",
        name: `Before it, after step ${before.step}`,
        alt: step.resolution
          ? `Candidate before step ${number}, with the element that was used outlined`
          : `Candidate before step ${number}`,
        picture: before.candidate,
        marks: marksOf(step),
        note: markNote(step, before.candidate),
      });
    }
    if (step.candidate)
      list.push({
        id: "after",
        name: number === 0 ? "Candidate" : "Candidate after it",
        alt: `Candidate after step ${number}: ${label}`,
        picture: step.candidate,
      });
    // What was compared without a picture of the difference has none.
    const equal = !step.difference && step.candidate && step.reference && step.visual.length > 0;
    if (step.reference)
      list.push({
        id: "reference",
        name: equal ? "Checkpoint, equal to the pixel" : "Checkpoint",
        alt: `Reference checkpoint of step ${number}`,
        picture: step.reference,
      });
    if (step.difference)
      list.push({
        id: "difference",
        name: "Difference",
        alt: `Difference of candidate and checkpoint after step ${number}`,
        picture: step.difference,
      });
    else if (step.candidate && step.reference && !equal)
      list.push({
        id: "difference",
        name: "Difference",
        hint: "Black is equal; the brighter, the more the pixels differ.",
        alt: `Difference of candidate and checkpoint after step ${number}`,
        picture: step.candidate,
        under: step.reference,
      });
    return list;
  }

  function found(name, resolution) {
    const facts = [METHODS[resolution.method]];
    if (resolution.score !== null) facts.push(`fits ${format.value(resolution.score)}`);
    return section(
      name,
      el(
        "p",
        null,
        el("span", { class: "role" }, resolution.role || "element"),
        " ",
        el("q", { class: "quoted", dir: "auto" }, resolution.name),
      ),
      el("p", { class: "muted small" }, facts.join(" · ")),
      resolution.runner_up
        ? el(
            "p",
            { class: "muted small" },
            "Next best: ",
            text(resolution.runner_up[0]),
            ` ${format.value(resolution.runner_up[1])}`,
          )
        : null,
      resolution.explanation ? el("p", { class: "small" }, text(resolution.explanation)) : null,
    );
  }

  const tick = (holds) =>
    el(
      "span",
      { class: `tick ${holds === null ? "warn" : holds ? "good" : "bad"}` },
      el("span", { "aria-hidden": "true" }, holds === null ? "?" : holds ? "✓" : "✗"),
      el("span", { class: "hidden-text" }, holds === null ? "unknown: " : holds ? "holds: " : "does not hold: "),
    );

  function expectation(step) {
    if (step.sentence === null && !step.checks.length && !step.assertion) return null;
    const asked = step.assertion;
    const sentence =
      step.sentence === null && !asked
        ? null
        : el(
            "li",
            null,
            asked ? tick(asked.holds) : el("span", { class: "tick" }, el("span", { "aria-hidden": "true" }, "·")),
            el(
              "div",
              null,
              el("p", { class: "sentence" }, text(step.sentence || "(no sentence)")),
              el(
                "p",
                { class: "muted small" },
                asked
                  ? [
                      `Judge: ${asked.holds === null ? "no answer" : asked.holds ? "yes" : "no"} · `,
                      text(asked.words),
                    ]
                  : step.checks.some((check) => !check.compiled)
                    ? "Decided by the task's own checks."
                    : step.checks.some((check) => check.compiled)
                    ? "Decided by checks that the sentence was compiled to."
                    : step.candidate
                      ? "No judge was asked."
                      : "Never came to be judged.",
              ),
            ),
          );
    const checks = step.checks.map((check) =>
      el(
        "li",
        { class: check.compiled ? "compiled" : null },
        tick(check.holds),
        el(
          "div",
          null,
          el(
            "p",
            null,
            phrase(check.phrase),
            check.compiled
              ? [" ", el("span", { class: "badge quiet", title: "Compiled from the task’s sentence" }, "from the sentence")]
              : null,
          ),
          check.explanation ? el("p", { class: "muted small" }, text(check.explanation)) : null,
        ),
      ),
    );
    return section("Expected", el("ul", { class: "checks" }, sentence, checks));
  }

  function compared(step) {
    if (!step.visual.length && !step.visual_words) return null;
    return section(
      "Held against the checkpoint",
      step.visual.length
        ? el(
            "dl",
            { class: "visual" },
            inOrder(step.visual).map(([name, value]) => [
              el("dt", null, COMPARED.get(name) || text(name)),
              el("dd", null, format.value(value), meter(value)),
            ]),
          )
        : null,
      step.visual_words ? el("p", { class: "judge-words small" }, text(step.visual_words)) : null,
    );
  }

  // Those that are known first, in the order in which they are published.
  function inOrder(values) {
    const known = [...COMPARED.keys()];
    const rank = ([name]) => (known.includes(name) ? known.indexOf(name) : known.length);
    return [...values].sort((a, b) => rank(a) - rank(b));
  }

  const meter = (value) =>
    el("span", {
      class: "range-bar",
      style: { "--share": `${(format.share(value, [0, 1]) * 100).toFixed(1)}%` },
    });

  function notes(step) {
    const list = step.missing.map(
      (kind) => `The run names a ${MISSING[kind]} that its folder does not hold.`,
    );
    if (step.verdict !== "unreached" && step.step > 0 && !step.compared)
      list.push("This step is not compared with a checkpoint.");
    return list.length ? el("p", { class: "note" }, list.join(" ")) : null;
  }

  function verdictBadge(step, counts) {
    const { mark, words, tone } = VERDICTS[step.verdict];
    return el(
      "span",
      { class: `verdict ${counts ? tone : "none"}` },
      el("span", { "aria-hidden": "true" }, `${mark} `),
      counts || step.verdict === "unreached" ? words : `${words}; does not count`,
    );
  }

  // `place.first` marks the first failing step, `place.counts` a step before it.
  function build(step, pictures, place, enlarge) {
    const title = `step-title-${step.step}`;
    const failing = place.first ? el("span", { class: "badge bad" }, "first failing step") : null;
    return el(
      "li",
      {
        class: place.first ? "step first-failing" : place.counts ? "step" : "step uncounted",
        id: `step-${step.step}`,
        tabindex: "-1",
        "data-verdict": step.verdict,
        "aria-labelledby": title,
      },
      el(
        "div",
        { class: "step-head" },
        el("span", { class: "step-number", "aria-hidden": "true" }, step.step),
        el(
          "h3",
          { id: title },
          el("span", { class: "hidden-text" }, `Step ${step.step}: `),
          phrase(step.phrase),
        ),
        failing,
        verdictBadge(step, place.counts || place.first),
      ),
      step.failure
        ? el(
            "p",
            { class: step.verdict === "system_fault" ? "step-failure warn" : "step-failure" },
            el("strong", null, step.failure.words),
            ": ",
            text(step.failure.detail),
          )
        : null,
      el(
        "div",
        { class: `step-body shots-${pictures.length}` },
        pictures.map((view) => lightbox.figure(view, () => enlarge(view.id))),
        el(
          "div",
          { class: "step-facts" },
          step.resolution ? found(step.destination ? "Taken from" : "Element", step.resolution) : null,
          step.destination ? found("Dropped on", step.destination) : null,
          expectation(step),
          compared(step),
          notes(step),
        ),
      ),
    );
  }

  Pageloom.stepCard = { build, views, VERDICTS };
})();
