// Data of the report by key. A page opened from disk may not fetch, so each data file is a script
// that calls `Pageloom.register(key, value)`; `load` adds that script and waits for the call.
"use strict";

window.Pageloom = (() => {
  const values = new Map();
  const waiting = new Map();
  // Details and sources that are kept; older ones are read again when they are needed.
  const KEPT = 80;

  function register(key, value) {
    values.set(key, value);
    const request = waiting.get(key);
    if (request) {
      waiting.delete(key);
      request.resolve(value);
    }
    forgetOldest();
  }

  function forgetOldest() {
    const loose = [...values.keys()].filter((key) => key.includes("/"));
    for (const key of loose.slice(0, Math.max(0, loose.length - KEPT))) values.delete(key);
  }

  function load(key, path) {
    if (values.has(key)) return Promise.resolve(values.get(key));
    const pending = waiting.get(key);
    if (pending) return pending.promise;
    const request = {};
    request.promise = new Promise((resolve, reject) => {
      request.resolve = resolve;
      const script = document.createElement("script");
      script.src = path;
      script.onload = () => {
        script.remove();
        if (waiting.has(key)) fail(`${path} holds no data`);
      };
      script.onerror = () => {
        script.remove();
        fail(`${path} is missing from the report's folder`);
      };
      function fail(message) {
        waiting.delete(key);
        reject(new Error(message));
      }
      document.head.append(script);
    });
    waiting.set(key, request);
    return request.promise;
  }

  return {
    register,
    get: (key) => values.get(key),
    loadRun: (key) => load(key, `data/${key}.js`),
    loadSample: (run, task) => load(`${run}/${task}`, `data/${run}/${task}.js`),
    loadSource: (key) => load(key, `${key}.js`),
  };
})();
