// Follows `elements.js` in our own world of a page that a person uses: hears what the browser
// dispatches, before the page does, and sends it out with what the page showed right before. What an
// event means is decided elsewhere.
(() => {
  const hands = globalThis.hands;
  // Only the page itself: what is in a frame cannot be named.
  if (!hands || hands.hears || window !== window.top) return true;
  hands.hears = true;
  const { dom, above, within, controlOf, isField, pathOf, isElement } = hands;
  const { localName, closest, inputType, getter, method } = dom;
  const elementsAt = method(Document.prototype, 'elementsFromPoint');
  const chosen = getter(HTMLSelectElement.prototype, 'selectedOptions');
  const optionLabel = getter(HTMLOptionElement.prototype, 'label');
  const MOST = 8;
  const FAR = 10;
  const SET = new Set(['date', 'time', 'datetime-local', 'month', 'week', 'color', 'range']);
  const ALONE = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'NumLock', 'ScrollLock', 'Fn', 'Dead', 'Process', 'Unidentified', 'Compose']);
  // Keys that move the caret or change a text: what comes of them is heard of by itself.
  const WRITING = new Set(['Backspace', 'Delete', 'Home', 'End', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Insert']);
  const GRIPS = new Set(['grab', 'grabbing', 'move', '-webkit-grab']);

  const send = (kind, more) => globalThis.pageloomHeard(JSON.stringify({ at: Date.now(), event: more ? { [kind]: more } : kind }));
  // What the page shows once it had its time to react says what has to be waited for.
  const REACTION = 700;
  let due = 0;
  const lookLater = () => { clearTimeout(due); due = setTimeout(() => send('after', { state: hands.look() }), REACTION); };
  const tell = (kind, more) => {
    send(kind, more);
    if (kind === 'down') clearTimeout(due); else lookLater();
  };
  let known = new Map();
  const look = () => {
    const state = hands.look();
    known = new Map();
    for (let i = 0; i < state.elements.length; i += 1) known.set(hands.at(i), i);
    return state;
  };
  const place = (node, among = known) => {
    const path = [];
    let control = null;
    for (let one = node; one && path.length < MOST; one = above(one)) {
      if (among.has(one)) path.push(among.get(one));
      const labelled = controlOf(one);
      if (control === null && labelled && among.has(labelled)) control = among.get(labelled);
    }
    return { path, control, grip: null };
  };
  const gripOf = (node) => {
    let grip = null;
    for (let one = node; one && isElement(one); one = above(one)) {
      if (dom.attribute(one, 'draggable') === 'true') return one;
      if (GRIPS.has(window.getComputedStyle(one).cursor)) grip = one;
      else if (grip) break;
    }
    return grip;
  };

  // What is going on: a press, an edit, a turn of the wheel.
  let down = null;
  let edit = null;
  let roll = null;
  const rest = () => { edit = null; roll = null; };
  const on = (kind, hear) => window.addEventListener(kind, (event) => { if (event.isTrusted) hear(event, pathOf(event)[0]); }, { capture: true, passive: true });

  on('pointerdown', (event, node) => {
    if (event.button !== 0 && event.button !== 2) return;
    rest();
    const state = look();
    const grip = gripOf(node);
    const where = place(node);
    if (grip && known.has(grip)) where.grip = known.get(grip);
    down = { grip, x: event.clientX, y: event.clientY, known };
    tell('down', { button: event.button, place: where, state });
  });
  on('pointerup', (event) => {
    if (!down || !down.grip || Math.hypot(event.clientX - down.x, event.clientY - down.y) < FAR) return;
    const under = elementsAt(document, event.clientX, event.clientY).find((one) => !within(one, down.grip));
    if (under) tell('up', { place: place(under, down.known) });
  });
  on('drop', (event, node) => { if (down) tell('drop', { place: place(node, down.known) }); });
  // A press of a key that the browser takes for a click has no `detail`.
  on('click', (event) => { if (event.detail > 0) tell('click'); });
  on('dblclick', () => tell('double'));
  on('contextmenu', (event) => { if (event.button === 2) tell('menu'); });

  const nameOf = (event) => {
    const key = event.key === ' ' ? 'Space' : event.key;
    const held = [['Control', event.ctrlKey], ['Alt', event.altKey], ['Meta', event.metaKey]].filter((one) => one[1]).map((one) => one[0]);
    // Shift is in the character that it makes, unless something else is held with it.
    if (event.shiftKey && (held.length > 0 || [...key].length > 1)) held.push('Shift');
    return [...held, key].join('+');
  };
  on('keydown', (event, node) => {
    if (event.isComposing || ALONE.has(event.key) || !isElement(node) || closest(node, 'select')) return;
    const isChord = event.ctrlKey || event.altKey || event.metaKey;
    const isLetter = [...event.key].length === 1;
    const tag = localName(node);
    const writes = isField(node);
    const isSet = tag === 'input' && SET.has(inputType(node));
    const isNumber = tag === 'input' && inputType(node) === 'number';
    const isLong = writes && tag !== 'input';
    if (writes && isLetter && !isChord) return;
    if (isSet && !['Enter', 'Escape', 'Tab'].includes(event.key)) return;
    // Other keys of a field, chords and the keys of functions are the browser's, unless the page takes them.
    const isBrowsers = isChord || /^F\d+$/.test(event.key)
      || (writes && WRITING.has(event.key))
      || (isLong && (event.key === 'Enter' || event.key.startsWith('Arrow')))
      || (isNumber && event.key.startsWith('Arrow'));
    const state = look();
    const more = { key: nameOf(event), place: place(node), state };
    if (!isBrowsers) { rest(); tell('key', more); return; }
    setTimeout(() => { if (event.defaultPrevented) { rest(); tell('key', more); } }, 0);
  });

  const valueOf = (field) => {
    const tag = localName(field);
    if (tag === 'input') return dom.inputValue(field);
    return tag === 'textarea' ? dom.areaValue(field) : dom.textContent(field);
  };
  const fieldOf = (node) => (node instanceof Element && (isField(node) || (localName(node) === 'input' && SET.has(inputType(node)))) ? node : null);
  const begin = (field) => {
    roll = null;
    const state = look();
    edit = { field, before: valueOf(field) || '', begin: { place: place(field), state } };
  };
  on('beforeinput', (event, node) => {
    const field = fieldOf(node);
    if (field && (!edit || edit.field !== field)) begin(field);
  });
  on('input', (event, node) => {
    const field = fieldOf(node);
    if (!field) return;
    if (!edit || edit.field !== field) begin(field);
    tell('edit', {
      before: edit.before, after: valueOf(field) || '', begin: edit.begin,
      set: localName(field) === 'input' && SET.has(inputType(field)),
    });
    edit.begin = null;
  });
  on('change', (event, node) => {
    if (!(node instanceof Element) || localName(node) !== 'select') return;
    const options = [...chosen(node)];
    if (options.length === 0) return;
    rest();
    const state = look();
    tell('choose', { option: optionLabel(options[options.length - 1]), place: place(node), state });
  });

  // Whether a box, or the page itself, has somewhere to go.
  const scrolls = (element, dx, dy, isPage = false) => {
    const shape = window.getComputedStyle(element);
    const can = (overflow, at, size, whole, by) => by !== 0
      && (isPage ? overflow !== 'hidden' && overflow !== 'clip' : overflow === 'auto' || overflow === 'scroll')
      && (by < 0 ? at > 0 : Math.ceil(at + size) < whole);
    return can(shape.overflowY, element.scrollTop, element.clientHeight, element.scrollHeight, dy)
      || can(shape.overflowX, element.scrollLeft, element.clientWidth, element.scrollWidth, dx);
  };
  on('wheel', (event, node) => {
    if (event.ctrlKey) return;
    const unit = [1, 40, window.innerHeight][event.deltaMode] || 1;
    const flip = event.shiftKey && event.deltaX === 0;
    const by = flip ? [event.deltaY * unit, 0] : [event.deltaX * unit, event.deltaY * unit];
    if (by[0] === 0 && by[1] === 0) return;
    let box = null;
    let inner = null;
    const whole = dom.rootOf(document), body = dom.bodyOf(document);
    // Once begun, a turn goes on where it began, as the browser has it.
    if (roll && event.timeStamp - roll.last < 500) { box = roll.box; inner = roll.inner; }
    else {
      for (let one = node; one && one !== whole && one !== body && isElement(one); one = above(one)) {
        inner = one;
        if (scrolls(one, by[0], by[1])) { box = one; break; }
      }
      inner = node;
      const page = document.scrollingElement || whole;
      if (!box && !(page && scrolls(page, by[0], by[1], true))) return;
    }
    const way = Math.abs(by[0]) > Math.abs(by[1]) ? ['x', by[0] < 0] : ['y', by[1] < 0];
    const isSame = roll && roll.box === box && roll.way[0] === way[0] && roll.way[1] === way[1];
    if (!isSame) { edit = null; roll = { box, inner, way, where: null }; }
    roll.last = event.timeStamp;
    const state = isSame ? null : look();
    if (state) {
      const where = box ? place(box) : { path: [], control: null, grip: null };
      // A box that is not in the list is told by what the wheel was turned over in it.
      roll.where = box && !known.has(box) ? place(inner) : where;
    }
    tell('scroll', { by, place: roll.where, state });
  });

  if (document.readyState === 'complete') lookLater(); else window.addEventListener('load', lookLater, { once: true });

  const from = getter(NavigateEvent.prototype, 'destination');
  const indexOf = getter(NavigationDestination.prototype, 'index');
  window.navigation.addEventListener('navigate', (event) => {
    const current = window.navigation.currentEntry;
    if (!event.isTrusted || event.navigationType !== 'traverse' || !event.userInitiated || !current) return;
    if (indexOf(from(event)) < current.index) { rest(); tell('back', { state: look() }); }
  });
  return true;
})();
