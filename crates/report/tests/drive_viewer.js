// Uses the report as a person would, inside the browser.
"use strict";

(() => {
  const { seen, $, all, press, until, filled, run } = Driver;

  const rows = () => all(".grid-row").sort((a, b) => a.ariaRowIndex - b.ariaRowIndex);
  const tasks = () => rows().map((row) => row.querySelector("a").textContent);
  const column = (id) =>
    all(".grid-head [role=columnheader]").findIndex((cell) => cell.querySelector(`[data-sort="${id}"]`));
  const cells = (id) => rows().map((row) => row.children[column(id)].textContent);
  const sample = (id) => filled("r0", id);

  run(async () => {
    seen.leaderboard = all(".leaderboard tbody tr").map((row) => row.innerText.replace(/\s+/g, " "));
    seen.tasks = tasks();

    $('[data-sort="overall"]').click();
    seen.rising = cells("overall");
    $('[data-sort="overall"]').click();
    seen.falling = cells("overall");
    seen.sortState = $('[data-sort="overall"]').parentElement.getAttribute("aria-sort");

    const search = $("#search");
    search.value = "tide";
    search.dispatchEvent(new Event("input"));
    seen.found = tasks();
    search.value = "";
    search.dispatchEvent(new Event("input"));
    const outcome = $('select[aria-label="Outcome"]');
    outcome.value = "page_fault";
    outcome.dispatchEvent(new Event("change"));
    seen.faults = tasks();
    outcome.value = "";
    outcome.dispatchEvent(new Event("change"));
    seen.address = location.hash;

    seen.dots = all(".dot-sample").length;
    all(".segment")
      .find((button) => button.textContent === "Histogram")
      .click();
    seen.bars = all(".plot .bar").length;

    const list = $("#samples");
    $('[data-sort="task"]').click();
    list.focus();
    press("End", list);
    press("k", list);
    seen.chosen = $(".grid-row.chosen a").textContent;
    seen.active = list.getAttribute("aria-activedescendant") === $(".grid-row.chosen").id;
    press("Enter", list);
    await sample("tides");

    await until(
      "pictures",
      () =>
        all(".pane img").length === 2 &&
        all(".pane img").every((image) => image.complete && image.naturalWidth > 0),
    );
    await until("boxes", () => all(".overlay rect").length > 0);
    seen.boxes = all(".overlay rect")
      .map((rect) => rect.getAttribute("class"))
      .sort();
    const first = $('.layer.reference rect[data-pair="1"]');
    first.dispatchEvent(new PointerEvent("pointerenter", { clientX: 10, clientY: 10 }));
    seen.lit = all(".overlay rect.lit").map((rect) => rect.closest(".layer").className);
    seen.tip = $(".box-tip").textContent;
    seen.reasons = all(".score-item").length;
    press("s");
    seen.slider = Boolean($(".slider-line"));
    press("b");
    seen.blink = Boolean($(".blink"));
    press("d");
    seen.difference = getComputedStyle($(".difference > .candidate")).mixBlendMode;
    press("c");
    await until("the source", () => all(".source-text").length === 2);
    seen.source = all(".source-text").map((text) => text.textContent.split("\n")[0]);
    press("o");
    $('.score-item[data-metric="overall"]').click();
    seen.evidence = all(".overlay rect").map((rect) => rect.getAttribute("class"));
    $("#tab-messages").click();
    seen.messages = all(".messages li").map((item) => item.textContent);

    press("p");
    await sample("lost");
    seen.ours = $(".banner").textContent;
    press("p");
    await sample("looping");
    seen.theirs = $(".banner").textContent;
    press("p");
    await sample("hostile");
    press("c");
    await until("the hostile source", () => all(".source-text").length === 2);
    seen.hostileTitle = $("h1").textContent;
    seen.hostileSource = all(".source-text")[1].textContent.includes("window.broken = true");
    seen.broken = window.broken === true || document.title === "broken" || Boolean($("img[src=x]"));

    const before = document.documentElement.dataset.theme;
    const ground = getComputedStyle(document.body).backgroundColor;
    press("t");
    press("t");
    seen.themes = [before, document.documentElement.dataset.theme];
    seen.darker = ground !== getComputedStyle(document.body).backgroundColor;
    press("Escape");
    await until("the overview", () => document.body.dataset.ready === "overview");
    seen.kept = tasks().length;
  });
})();
