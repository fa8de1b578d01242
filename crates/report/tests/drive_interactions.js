// Goes through the steps of interactions and the tests of websites as a person would.
"use strict";

(() => {
  const { seen, $, all, words, press, until, open, run } = Driver;
  const current = () => $(".frame[aria-current=step]").dataset.step;
  const step = (number) => $(`#step-${number}`);
  const within = (number, selector) => [...step(number).querySelectorAll(selector)];

  async function walk() {
    await open("r0", "basket");
    seen.frames = all(".frame").length;
    seen.cards = all(".step").length;
    const shots = all(".shot img");
    await until("a picture", () => shots.some((image) => image.complete && image.naturalWidth > 0));
    seen.lazy = shots.length > 250 && shots.every((image) => image.loading === "lazy");
    seen.title = within(1, "h3").map((title) => title.innerText.replace(/\s+/g, " "));
    seen.figures = within(1, "figcaption").map(words);
    seen.alts = within(1, "figure img:last-of-type")
      .map((image) => image.alt)
      .filter(Boolean);
    seen.marks = within(1, "[data-view=before] .mark").length;
    seen.marksElsewhere = within(1, "figure:not([data-view=before]) .mark").length;
    seen.dragged = within(2, "[data-view=before] .mark").map((mark) => mark.getAttribute("class"));
    seen.ticks = within(1, ".tick > [aria-hidden]").map(words);
    seen.visual = within(1, ".visual dt").map((name) => `${words(name)} ${words(name.nextSibling)}`);
    seen.element = words(within(1, ".step-fact")[0]);

    seen.walked = [];
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"]) {
      press(key);
      seen.walked.push(current());
    }
    seen.focused = document.activeElement.id;
    await until("the address", () => location.hash.endsWith("step=1"));
    $('.frame[data-step="60"]').click();
    seen.jumped = document.activeElement.id;
    const top = step(60).getBoundingClientRect().top - $(".strip").getBoundingClientRect().bottom;
    seen.inSight = top > -1 && top < 80;
  }

  async function enlarge() {
    within(1, "[data-view=before] .shot-button")[0].click();
    await until("the large picture", () => $(".lightbox[open] img"));
    const told = () => [words($(".lightbox h2")), words($(".lightbox .segment[aria-pressed=true]"))];
    seen.large = told();
    press("ArrowDown", $(".lightbox"));
    seen.large.push(told()[1]);
    press("ArrowRight", $(".lightbox"));
    seen.turned = told();
    $(".lightbox").close();
    await until("the end of it", () => !$(".lightbox").open);
    seen.closed = document.activeElement.className === "shot-button";
    seen.stillThere = document.body.dataset.ready === "sample r0/basket";
  }

  async function hostile() {
    await open("r0", "hostile");
    seen.failing = $(".step.first-failing").id.replace("step-", "");
    seen.verdicts = all(".step").map((card) => card.dataset.verdict);
    seen.why = words($(".step-failure"));
    seen.hostileTitle = step(1).querySelector("h3").textContent;
    seen.notes = all(".step .note")
      .map(words)
      .filter((note) => note.includes("does not hold"));
    seen.broken =
      window.broken === true || document.title === "broken" || Boolean($("img[src=x], .filmstrip script"));
    seen.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  }

  run(async () => {
    await walk();
    await enlarge();
    await open("r0", "hostile");
    await open("r0", "basket", "step=40");
    seen.linked = current();
    await hostile();

    await open("r0", "stopped");
    seen.known = all(".step").length;
    seen.banner = words($(".banner")).includes("stopped");

    await open("r1", "shop");
    seen.tests = all(".tests-table .verdict").map(words);
    seen.counts = words($(".test-counts"));
    seen.folded = all(".move").length;
    $(".moves-of > summary").click();
    await until("the moves", () => $(".move img"));
    seen.moves = all(".move").length;

    await open("r2", "tides");
    seen.old = Boolean($(".filmstrip, .website-tests"));
  });
})();
