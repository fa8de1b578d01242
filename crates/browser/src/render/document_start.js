// Runs before any script of the page, in every frame: randomness from a seed, and animation frames
// on the virtual clock instead of the compositor's, so that equal pages take equal steps; errors that a page hides.
(() => {
  let state = SEED >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  Math.random = function random() { return next() / 4294967296; };
  if (globalThis.crypto) {
    const fill = (array) => {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let i = 0; i < bytes.length; i += 1) bytes[i] = next() & 255;
      return array;
    };
    Crypto.prototype.getRandomValues = function getRandomValues(array) { return fill(array); };
    Crypto.prototype.randomUUID = function randomUUID() {
      const hex = Array.from(fill(new Uint8Array(16)), (b, i) => {
        const fixed = i === 6 ? (b & 15) | 64 : i === 8 ? (b & 63) | 128 : b;
        return fixed.toString(16).padStart(2, '0');
      }).join('');
      return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]]
        .map(([from, to]) => hex.slice(from, to)).join('-');
    };
  }
  // A page that was used before has a clock that went on; every document begins at the same time.
  const RealDate = Date;
  const shift = EPOCH - RealDate.now();
  if (shift !== 0) {
    const time = () => RealDate.now() + shift;
    const ShiftedDate = new Proxy(RealDate, {
      construct(target, given, self) {
        return Reflect.construct(target, given.length === 0 ? [time()] : given, self === ShiftedDate ? target : self);
      },
      apply() { return new RealDate(time()).toString(); },
      get(target, key) { return key === 'now' ? time : Reflect.get(target, key); },
    });
    RealDate.prototype.constructor = ShiftedDate;
    globalThis.Date = ShiftedDate;
  }
  // A page may not end the tab it is looked at in.
  globalThis.close = function close() {};
  const later = globalThis.setTimeout;
  const cancel = globalThis.clearTimeout;
  // The clock's zero lies somewhere in the navigation, which takes real time: count from here.
  const clock = performance.now.bind(performance);
  const zero = clock();
  // Virtual time goes in whole milliseconds. What is left of real time in the zero is told in tenths
  // of one, now these and now those, and an animation would show them.
  const elapsed = () => Math.round(clock() - zero);
  Object.defineProperty(Performance.prototype, 'timeOrigin', { get: () => EPOCH, configurable: true });
  Performance.prototype.now = function now() { return elapsed(); };
  globalThis.requestAnimationFrame = function requestAnimationFrame(callback) {
    if (typeof callback !== 'function') throw new TypeError('callback is not a function');
    return later(() => callback(elapsed()), 16);
  };
  globalThis.cancelAnimationFrame = function cancelAnimationFrame(id) { cancel(id); };
  // A page may keep its errors from being reported; they are told all the same, to us alone. This
  // hears of them before any script of the page does, and asks afterwards.
  const tell = console.error.bind(console, 'SILENCED');
  const prevented = Object.getOwnPropertyDescriptor(Event.prototype, 'defaultPrevented').get;
  const hear = (kind, words) => globalThis.addEventListener(kind, (event) => {
    const asked = words(event);
    if (asked !== null) later(() => { if (Reflect.apply(prevented, event, [])) tell(asked); }, 0);
  }, true);
  const text = (value) => { try { return `${value}`; } catch { return 'an error'; } };
  hear('error', (event) => (event instanceof ErrorEvent ? text(event.message) : null));
  hear('unhandledrejection', (event) => `Uncaught (in promise) ${text(event.reason)}`);
})();
