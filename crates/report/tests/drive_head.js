// What every driver of the viewer needs: it is put before one of them, which hands its journey to
// `Driver.run`. What the journey saw, and everything that went wrong on the way, is left in the page.
"use strict";

window.Driver = (() => {
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
  const press = (key, target) =>
    (target || document.body).dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
    );

  async function until(what, test) {
    for (let round = 0; round < 200; round += 1) {
      if (test()) return;
      await pause(25);
    }
    throw new Error(`waited in vain for ${what}`);
  }

  // The page of a sample, once it is filled.
  const filled = (run, task) =>
    until(`sample ${task}`, () => document.body.dataset.ready === `sample ${run}/${task}`);

  async function open(run, task, query) {
    location.hash = `#/sample/${run}/${task}${query ? `?${query}` : ""}`;
    await filled(run, task);
  }

  function run(journey) {
    until("the data", () => document.body.dataset.loaded === "all")
      .then(journey)
      .catch((error) => seen.errors.push(String(error)))
      .finally(() => {
        const result = document.createElement("pre");
        result.id = "seen";
        result.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(seen))));
        document.body.append(result);
      });
  }

  return { seen, $, all, pause, words, press, until, filled, open, run };
})();
