// What is shown, kept in the address: `#/?sort=ssim&run=r0` is the overview, and
// `#/sample/r0/page-7?view=slider` one sample. A link or a reload gives the same page.
"use strict";

(() => {
  function read() {
    const [path, query] = location.hash.replace(/^#/, "").split("?");
    const parts = path.split("/").filter(Boolean);
    const options = new URLSearchParams(query || "");
    if (parts[0] === "sample" && parts.length === 3) {
      return { page: "sample", run: parts[1], task: decode(parts[2]), options };
    }
    return { page: "overview", options };
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function write(path, options) {
    const query = new URLSearchParams();
    for (const [name, setting] of Object.entries(options)) {
      if (setting !== null && setting !== undefined && setting !== "") query.set(name, setting);
    }
    const text = query.toString();
    return `#${path}${text ? `?${text}` : ""}`;
  }

  const sample = (run, task, options) => write(`/sample/${run}/${encodeURIComponent(task)}`, options || {});
  const overview = (options) => write("/", options || {});

  // Changes the address without a new history entry and without drawing again.
  function replace(address) {
    history.replaceState(null, "", address);
  }

  Pageloom.route = { read, sample, overview, replace };
})();
