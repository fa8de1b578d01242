// Runs before any script of a page in use, in the page's own world: knows whether something that an
// action began is still to come. It is asked by an event (`senses.js`) and answers by preventing it,
// so that the page is given nothing that it could meet.
(() => {
  // What takes longer goes away by itself rather than arrives: a note that fades, the next slide.
  const SOON = 1000;
  const later = globalThis.setTimeout;
  const cancel = globalThis.clearTimeout;
  const every = globalThis.setInterval;
  const frame = globalThis.requestAnimationFrame;
  let act = 0;
  // The action that what runs now goes back to: what repeats itself for ever is not of the last one.
  let cause = null;
  const due = new Map();
  const caused = (callback, by, before) => function run(...given) {
    if (before) before();
    const outer = cause;
    cause = by;
    try { return Reflect.apply(callback, this, given); } finally { cause = outer; }
  };
  globalThis.setTimeout = function setTimeout(callback, delay, ...given) {
    if (typeof callback !== 'function') return later(callback, delay, ...given);
    const by = cause === null ? act : cause;
    let id = 0;
    id = later(caused(callback, by, () => due.delete(id)), delay, ...given);
    if (!(Number(delay) > SOON)) due.set(id, by);
    return id;
  };
  globalThis.clearTimeout = function clearTimeout(id) { due.delete(id); cancel(id); };
  globalThis.setInterval = function setInterval(callback, delay, ...given) {
    if (typeof callback !== 'function') return every(callback, delay, ...given);
    return every(caused(callback, cause === null ? act : cause, null), delay, ...given);
  };
  globalThis.requestAnimationFrame = function requestAnimationFrame(callback) {
    if (typeof callback !== 'function') return frame(callback);
    return frame(caused(callback, cause === null ? act : cause, null));
  };
  const prevent = Event.prototype.preventDefault;
  document.addEventListener('pageloom-act', () => { act += 1; due.clear(); });
  document.addEventListener('pageloom-due', (event) => {
    for (const by of due.values()) if (by === act) { Reflect.apply(prevent, event, []); return; }
  });
})();
