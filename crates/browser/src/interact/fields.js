// Follows `senses.js` in the same world: fields that keys alone do not fill alike on every machine, and
// what is scrolled.
(() => {
  const hands = globalThis.hands;
  if (!hands || hands.scrolls) return true;
  const { dom, isElement } = hands;
  const { getter, method, localName, matches, closest, queryAll, isConnected, boxOf, inputType } = dom;
  const send = method(EventTarget.prototype, 'dispatchEvent');
  const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
  const files = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'files');
  const at = (index) => { const element = hands.at(index); return element && isConnected(element) ? element : null; };
  const tell = (element) => {
    send(element, new Event('input', { bubbles: true, composed: true }));
    send(element, new Event('change', { bubbles: true }));
  };
  const scrollBy = method(Element.prototype, 'scrollBy');
  const clean = (text) => String(text).replace(/\s+/g, ' ').trim().toLowerCase();

  // How a field takes a value: `keys`, `set`, or `none`.
  const SET = new Set(['date', 'time', 'datetime-local', 'month', 'week', 'color', 'range']);
  const wayOf = (index) => {
    const element = at(index);
    if (!element) return 'gone';
    if (localName(element) === 'input' && SET.has(inputType(element))) return 'set';
    return hands.isField(element) ? 'keys' : 'none';
  };
  const two = (n) => String(n).padStart(2, '0');
  const readings = (kind, text) => {
    const bare = text.trim();
    const found = [bare];
    if (kind === 'time') {
      const clock = /^(\d{1,2}):(\d{2})\s*([ap])\.?m\.?$/i.exec(bare);
      if (clock) found.push(`${two((Number(clock[1]) % 12) + (clock[3].toLowerCase() === 'p' ? 12 : 0))}:${clock[2]}`);
      else found.push(`0${bare}`);
    }
    const day = new Date(bare);
    if (!Number.isNaN(day.getTime())) {
      const date = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
      if (kind === 'date') found.push(date);
      if (kind === 'month') found.push(date.slice(0, 7));
      if (kind === 'datetime-local') found.push(`${date}T${two(day.getHours())}:${two(day.getMinutes())}`);
    }
    return found;
  };
  // Sets the value that a text means; false where it means none to this field.
  const set = (index, text) => {
    const element = at(index);
    if (!element || localName(element) !== 'input') return false;
    const kind = inputType(element);
    const before = value.get.call(element);
    for (const reading of text.trim() === '' ? [''] : readings(kind, text)) {
      value.set.call(element, reading);
      const now = value.get.call(element);
      const isTaken = kind === 'range' ? Number(now) === Number(reading) : kind === 'color' ? now === reading.toLowerCase() : now !== '' || reading === '';
      if (isTaken) { if (now !== before) tell(element); return true; }
    }
    value.set.call(element, before);
    return false;
  };

  // A list, and one of its options.
  const selectOf = (index) => {
    const element = at(index);
    const control = element ? hands.controlOf(element) || element : null;
    let select = control && isElement(control) ? closest(control, 'select') : null;
    if (!select && element) {
      const inside = queryAll(element, 'select');
      if (inside.length === 1) [select] = inside;
    }
    return select ? hands.add(select) : -1;
  };
  const labelOf = getter(HTMLOptionElement.prototype, 'label');
  const valueOf = getter(HTMLOptionElement.prototype, 'value');
  const textOf = getter(HTMLOptionElement.prototype, 'text');
  const isMultiple = getter(HTMLSelectElement.prototype, 'multiple');
  const optionsOf = getter(HTMLSelectElement.prototype, 'options');
  const chosen = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'selectedIndex');
  const selected = Object.getOwnPropertyDescriptor(HTMLOptionElement.prototype, 'selected');
  const find = (options, wanted) => {
    for (const reading of [labelOf, textOf, valueOf]) {
      const exact = options.findIndex((one) => clean(reading(one)) === wanted);
      if (exact >= 0) return exact;
    }
    const partly = options.map((one, nth) => (clean(labelOf(one)).includes(wanted) ? nth : -1)).filter((nth) => nth >= 0);
    return partly.length === 1 ? partly[0] : -1;
  };
  // Makes ready to choose an option with one key: what the key is, or why there is none.
  const choose = (index, wanted) => {
    const select = at(index);
    if (!select) return { key: '', state: 'gone' };
    const options = [...optionsOf(select)];
    const nth = find(options, clean(wanted));
    if (nth < 0) return { key: '', state: 'absent' };
    if (matches(options[nth], ':disabled')) return { key: '', state: 'disabled' };
    if (isMultiple(select)) {
      if (!selected.get.call(options[nth])) { selected.set.call(options[nth], true); tell(select); }
      return { key: '', state: 'chosen' };
    }
    if (chosen.get.call(select) === nth) return { key: '', state: 'chosen' };
    const isOpen = (one) => !matches(one, ':disabled') && getComputedStyle(one).display !== 'none';
    for (let i = nth - 1; i >= 0; i -= 1) {
      if (isOpen(options[i])) { chosen.set.call(select, i); return { key: 'ArrowDown', state: 'near' }; }
    }
    for (let i = nth + 1; i < options.length; i += 1) {
      if (isOpen(options[i])) { chosen.set.call(select, i); return { key: 'ArrowUp', state: 'near' }; }
    }
    chosen.set.call(select, nth);
    tell(select);
    return { key: '', state: 'chosen' };
  };
  const isChosen = (index, wanted) => {
    const select = at(index);
    if (!select) return null;
    const options = [...optionsOf(select)];
    const nth = find(options, clean(wanted));
    return nth >= 0 && selected.get.call(options[nth]);
  };
  // As a last resort.
  const force = (index, wanted) => {
    const select = at(index);
    if (!select) return false;
    const nth = find([...optionsOf(select)], clean(wanted));
    if (nth < 0) return false;
    chosen.set.call(select, nth);
    tell(select);
    return true;
  };
  // What a list that is no `select` offers once it is open: the option with this text.
  const offered = (wanted) => {
    const text = clean(wanted);
    const shown = [...queryAll(dom.rootOf(document), '[role=option], [role=menuitem], [role=menuitemradio], [role=radio], li, option, button, a, div, span')]
      .filter((one) => clean(dom.textContent(one)) === text && hands.isShown(one) && localName(one) !== 'option');
    const role = shown.find((one) => matches(one, '[role=option], [role=menuitem], [role=menuitemradio], [role=radio]'))
      || shown.find((one) => matches(one, 'li, button, a')) || shown[shown.length - 1];
    return role ? hands.add(role) : -1;
  };

  // The file field of an element; -1 where there is none.
  const isFile = (one) => localName(one) === 'input' && inputType(one) === 'file';
  const fileFieldOf = (index) => {
    const element = at(index);
    if (!element) return -1;
    if (isFile(element)) return index;
    const control = hands.controlOf(element);
    if (control && isFile(control)) return hands.add(control);
    const inside = [...queryAll(element, 'input[type=file]')];
    return inside.length === 1 ? hands.add(inside[0]) : -1;
  };
  const bundle = (name, type, encoded) => {
    const text = atob(encoded);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    const given = new DataTransfer();
    given.items.add(new File([bytes], name, { type }));
    return given;
  };
  const upload = (index, name, type, encoded) => {
    const element = at(index);
    if (!element || !isFile(element)) return false;
    files.set.call(element, bundle(name, type, encoded).files);
    tell(element);
    return true;
  };
  // Drops a file; true when the page takes it.
  const drop = (index, name, type, encoded) => {
    const element = at(index);
    if (!element) return false;
    const box = boxOf(element);
    const given = bundle(name, type, encoded);
    const event = (kind) => new DragEvent(kind, {
      bubbles: true, cancelable: true, composed: true, dataTransfer: given,
      clientX: box.x + box.width / 2, clientY: box.y + box.height / 2,
    });
    send(element, event('dragenter'));
    const isTaken = !send(element, event('dragover'));
    return !send(element, event('drop')) || isTaken;
  };

  // Where everything under a place of the window is, and how far it is scrolled.
  let under = [];
  const measure = (x, y) => {
    under = [];
    for (let one = hands.hitAt(x, y); one; one = hands.above(one)) if (isElement(one)) under.push(one);
    under = under.map((element) => [element, positionOf(element)]);
    under.push([null, [window.scrollX, window.scrollY]]);
    return true;
  };
  const positionOf = (element) => {
    const box = boxOf(element);
    return [dom.scrollLeft(element), dom.scrollTop(element), box.x, box.y];
  };
  // How far the farthest of that went.
  const scrolls = () => {
    let most = 0;
    for (const [element, before] of under) {
      const now = element === null ? [window.scrollX, window.scrollY] : positionOf(element);
      now.forEach((n, i) => { most = Math.max(most, Math.abs(n - before[i])); });
    }
    return most;
  };
  // Scrolls what the browser would for a turn of the wheel over a place of the window.
  const turn = (x, y, right, down) => {
    const { event, free } = hands.wheel;
    hands.wheel.event = null;
    if (event && event.defaultPrevented && !free) return false;
    return roll(hands.hitAt(x, y), () => [right, down]);
  };
  // Scrolls the first of what is around a node that can be; how far, follows from its window.
  const roll = (start, distance) => {
    const root = document.scrollingElement || dom.rootOf(document);
    for (let one = start; ; one = one ? hands.above(one) : null) {
      if (one && (!isElement(one) || one === root || one === dom.bodyOf(document))) continue;
      const element = one || root;
      if (!element) return false;
      const shape = getComputedStyle(element);
      const moves = (overflow) => one === null || overflow === 'auto' || overflow === 'scroll';
      const before = [dom.scrollLeft(element), dom.scrollTop(element)];
      const [right, down] = distance(element);
      scrollBy(element, {
        left: moves(shape.overflowX) ? right : 0, top: moves(shape.overflowY) ? down : 0, behavior: 'instant',
      });
      if (dom.scrollLeft(element) !== before[0] || dom.scrollTop(element) !== before[1] || one === null) return true;
      const contained = down !== 0 ? shape.overscrollBehaviorY : shape.overscrollBehaviorX;
      if (contained !== 'auto' && (moves(shape.overflowY) || moves(shape.overflowX))) return true;
    }
  };
  // Scrolls what the browser would for a key that the page left alone.
  const LINE = 40;
  const PAGE = 0.875;
  const KEYS = {
    ArrowLeft: () => [-LINE, 0], ArrowRight: () => [LINE, 0], ArrowUp: () => [0, -LINE], ArrowDown: () => [0, LINE],
    PageUp: (high) => [0, -high * PAGE], PageDown: (high) => [0, high * PAGE], ' ': (high) => [0, high * PAGE],
    Home: () => [0, -1e7], End: () => [0, 1e7],
  };
  const rollByKey = (key, isShifted) => {
    const focus = hands.focused();
    const tag = focus ? localName(focus) : '';
    const takes = focus && (hands.isField(focus) || ['input', 'select', 'video', 'audio'].includes(tag)
      || (key === ' ' && ['button', 'summary'].includes(tag)));
    if (!KEYS[key] || takes || !hands.wereKeysLeft()) return false;
    const sign = isShifted && key === ' ' ? -1 : 1;
    return roll(focus, (element) => KEYS[key](element.clientHeight).map((n) => n * sign));
  };
  const intoView = (index) => {
    const element = at(index);
    if (element) dom.intoView(element, { block: 'nearest', inline: 'nearest', behavior: 'instant' });
    return element !== null;
  };
  Object.assign(hands, {
    wayOf, set, selectOf, choose, isChosen, force, offered, fileFieldOf, upload, drop, measure, scrolls, turn, rollByKey, intoView,
  });
  return true;
})();
