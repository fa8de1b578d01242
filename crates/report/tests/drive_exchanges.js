// Opens the questions and answers of samples as a person would, and leaves what it saw in the page.
"use strict";

(() => {
  const seen = { errors: [] };
  window.addEventListener(
    "error",
    (event) => seen.errors.push(`error: ${event.message || event.target.src}`),
    true,
  );
  window.addEventListener("unhandledrejection", (event) => seen.errors.push(`rejection: ${event.reason}`));
  document.addEventListener("securitypolicyviolation", (event) =>
    seen.errors.push(`policy: ${event.violatedDirective} ${event.blockedURI}`),
  );
  window.alert = () => seen.errors.push("alert was called");

  const $ = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const words = (node) => node.innerText.replace(/\s+/g, " ").trim();

  async function until(what, test) {
    for (let round = 0; round < 200; round += 1) {
      if (test()) return;
      await pause(25);
    }
    throw new Error(`waited in vain for ${what}`);
  }

  async function open(run, task) {
    location.hash = `#/sample/${run}/${task}`;
    await until(`sample ${task}`, () => document.body.dataset.ready === `sample ${run}/${task}`);
  }

  async function openAll() {
    $("#exchanges > summary").click();
    await until("the answers", () => $("#exchanges .exchange"));
    for (const exchange of all("#exchanges .exchange")) {
      if (!exchange.open) exchange.querySelector("summary").click();
      await until("an answer", () => exchange.querySelector(".exchange-reply"));
    }
  }

  async function drive() {
    await until("the data", () => document.body.dataset.loaded === "all");
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
  }

  drive()
    .catch((error) => seen.errors.push(String(error)))
    .finally(() => {
      const result = document.createElement("pre");
      result.id = "seen";
      result.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(seen))));
      document.body.append(result);
    });
})();
