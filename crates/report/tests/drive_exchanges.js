// Opens the questions and answers of samples as a person would.
"use strict";

(() => {
  const { seen, $, all, words, until, open, run } = Driver;

  async function openAll() {
    $("#exchanges > summary").click();
    await until("the answers", () => $("#exchanges .exchange"));
    for (const exchange of all("#exchanges .exchange")) {
      if (!exchange.open) exchange.querySelector("summary").click();
      await until("an answer", () => exchange.querySelector(".exchange-reply"));
    }
  }

  run(async () => {
    const judges = () => all(".judges tbody tr").filter((row) => row.offsetParent !== null);
    seen.judges = judges().map(words);
    all("button")
      .find((button) => button.textContent === "Criteria")
      .click();
    seen.criteria = judges().length;
    seen.asked = all(".asked tbody tr").map(words);

    await open("r0", "abalone");
    seen.closed = !$("#exchanges").open;
    seen.early = all(".exchange-text").length;
    $("#exchanges > summary").click();
    await until("the answers", () => all(".exchange").length === 2);
    seen.summaries = all(".exchange > summary").map(words);
    $(".exchange > summary").click();
    await until("the question", () => all(".exchange-text").length === 3);
    seen.texts = all(".exchange-text").map((text) => text.textContent);
    const thumbnail = $(".exchange-picture img");
    thumbnail.scrollIntoView();
    await until("the thumbnail", () => thumbnail.complete && thumbnail.naturalWidth > 0);
    seen.thumbnails = all(".exchange-picture").filter((link) => link.href.endsWith(".png")).length;

    await open("r0", "hostile");
    await openAll();
    seen.hostile = all(".exchange-text").map((text) => text.textContent);
    seen.missing = all(".exchange .note").map(words);
    seen.broken = document.title === "broken" || Boolean($("#exchanges script, #exchanges img[src=x]"));
    seen.polluted = {}.polluted !== undefined;

    await open("r0", "lost");
    await openAll();
    seen.lost = all(".exchange .note").map(words);

    await open("r1", "tides");
    seen.old = Boolean($("#exchanges"));
  });
})();
