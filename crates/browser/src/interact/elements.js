// Follows `senses.js` in the same world: what a page shows at one moment. One walk over the document
// says what can be seen and gathers its text; what means something is then described.
(() => {
  const hands = globalThis.hands;
  if (!hands || hands.look) return true;
  const { dom, isElement, labelsOf, controlOf, isField } = hands;
  const {
    getter, method, nodeType, nodeValue, firstChild, nextSibling, attributes, shadowRoot, localName, attribute, has,
    matches, boxOf, queryAll, textContent, inputType, inputValue,
  } = dom;
  const MOST = 4000;
  const TEXT = 400;
  const SHORT = 200;
  const ALL_TEXT = 200000;
  const STORED = 20000;
  const KEYS = 200;
  const DEEP = 2000;

  const SKIPPED = new Set(['script', 'style', 'noscript', 'template', 'head', 'title', 'meta', 'link', 'base', 'param', 'source', 'track']);
  const ROLES = {
    button: 'button', textarea: 'textbox', option: 'option', optgroup: 'group', progress: 'progressbar', meter: 'meter',
    output: 'status', summary: 'button', details: 'group', dialog: 'dialog', h1: 'heading', h2: 'heading', h3: 'heading',
    h4: 'heading', h5: 'heading', h6: 'heading', ul: 'list', ol: 'list', menu: 'list', li: 'listitem', dt: 'term',
    dd: 'definition', table: 'table', tr: 'row', td: 'cell', th: 'columnheader', nav: 'navigation', main: 'main',
    aside: 'complementary', form: 'form', article: 'article', figure: 'figure', fieldset: 'group', svg: 'img', canvas: 'img',
    p: 'paragraph', blockquote: 'blockquote', code: 'code', hr: 'separator', search: 'search', iframe: 'iframe',
    video: 'video', audio: 'audio', address: 'group', hgroup: 'group', datalist: 'listbox',
  };
  const INPUTS = {
    button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio',
    range: 'slider', number: 'spinbutton', search: 'searchbox', file: 'button', color: 'button',
  };
  const KNOWN = new Set(`alert alertdialog application article banner blockquote button cell checkbox code columnheader
    combobox complementary contentinfo definition dialog document feed figure form grid gridcell group heading img image
    link list listbox listitem log main marquee math menu menubar menuitem menuitemcheckbox menuitemradio meter navigation
    note option paragraph progressbar radio radiogroup region row rowheader scrollbar search searchbox separator slider
    spinbutton status switch tab table tablist tabpanel term textbox timer toolbar tooltip tree treegrid treeitem`.split(/\s+/));
  const CONTROLS = new Set(`button checkbox combobox link listbox menuitem menuitemcheckbox menuitemradio option radio
    searchbox slider spinbutton switch tab textbox treeitem`.split(/\s+/));
  const NAMED_BY_CONTENT = new Set(`button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox
    menuitemradio option radio row rowheader switch tab tooltip treeitem`.split(/\s+/));
  const PLAIN = new Set(['generic', 'paragraph', 'code', 'blockquote', 'term', 'definition']);
  const CHECKABLE = new Set(['checkbox', 'radio', 'switch', 'menuitemcheckbox', 'menuitemradio']);
  const SECTIONING = 'article, aside, main, nav, section';
  const STYLES = ['display', 'visibility', 'opacity', 'color', 'background-color', 'font-weight', 'text-decoration-line', 'cursor'];
  // Opacity and font size (CSS pixels) under which nothing can be seen or read; an indent that leads out.
  const FAINT = 0.05, LEGIBLE = 2, FAR_AWAY = -500;
  const CLEAR = /^rgba\(.*,\s*0(?:\.0[0-4]\d*)?\)$/;
  const CUT_AWAY = /inset\(\s*(?:[5-9]\d|100)(?:\.\d+)?%|(?:circle|ellipse)\(\s*0(?![.\d])/;
  const KEPT = new Set(['id', 'class', 'type', 'href', 'src', 'alt', 'title', 'name']);

  const clean = (text, most) => {
    const words = String(text || '').slice(0, most * 8).replace(/\s+/g, ' ').trim();
    return [...words.slice(0, most * 2)].slice(0, most).join('').trim();
  };
  const round = (n) => Math.round(n * 100) / 100;
  const style = (element) => window.getComputedStyle(element);
  const optionText = getter(HTMLOptionElement.prototype, 'label');
  const isSelected = getter(HTMLOptionElement.prototype, 'selected');
  const chosen = getter(HTMLSelectElement.prototype, 'selectedOptions');
  const isMultiple = getter(HTMLSelectElement.prototype, 'multiple');
  const sizeOf = getter(HTMLSelectElement.prototype, 'size');

  const roleOf = (element, tag) => {
    const given = (attribute(element, 'role') || '').toLowerCase().split(/\s+/).find((one) => KNOWN.has(one) || one === 'none' || one === 'presentation');
    if (given === 'image') return 'img';
    if (given && KNOWN.has(given)) return given;
    if (given && !has(element, 'tabindex')) return 'generic';
    switch (tag) {
      case 'a': case 'area': return has(element, 'href') ? 'link' : 'generic';
      case 'img': return attribute(element, 'alt') === '' && !has(element, 'title') ? 'generic' : 'img';
      case 'input': return INPUTS[inputType(element)] || (has(element, 'list') ? 'combobox' : 'textbox');
      case 'select': return isMultiple(element) || sizeOf(element) > 1 ? 'listbox' : 'combobox';
      case 'section': return has(element, 'aria-label') || has(element, 'aria-labelledby') || has(element, 'title') ? 'region' : 'generic';
      case 'header': return dom.closest(element, SECTIONING) ? 'generic' : 'banner';
      case 'footer': return dom.closest(element, SECTIONING) ? 'generic' : 'contentinfo';
      case 'th': return attribute(element, 'scope') === 'row' ? 'rowheader' : 'columnheader';
      case 'svg': return 'img';
      default: return ROLES[tag] || 'generic';
    }
  };

  // What is read out for the content of an element, without one that it may hold.
  const contentOf = (start, without = null) => {
    let text = '';
    const visit = (node, depth) => {
      if (text.length > SHORT * 3 || depth > DEEP) return;
      const type = nodeType(node);
      if (type === 3) { text += nodeValue(node); return; }
      if (type !== 1 && type !== 11) return;
      if (type === 1) {
        const tag = localName(node);
        if (SKIPPED.has(tag) && !(tag === 'title' && node instanceof SVGElement)) return;
        if (node !== start) {
          if (node === without) return;
          if (attribute(node, 'aria-hidden') === 'true') return;
          const label = attribute(node, 'aria-label');
          if (label) { text += ` ${label} `; return; }
          const shape = style(node);
          if (shape.display === 'none' || (shape.visibility !== 'visible' && !firstChild(node))) return;
          if (tag === 'img') { text += ` ${attribute(node, 'alt') || ''} `; return; }
          if (tag === 'input') { if (isField(node)) text += ` ${inputValue(node)} `; return; }
          if (tag === 'select') { for (const one of chosen(node)) text += ` ${optionText(one)} `; return; }
          if (shape.display !== 'inline') text += ' ';
        }
        const inner = shadowRoot(node);
        if (inner) for (let child = firstChild(inner); child; child = nextSibling(child)) visit(child, depth + 1);
      }
      for (let child = firstChild(node); child; child = nextSibling(child)) visit(child, depth + 1);
      if (type === 1 && node !== start && style(node).display !== 'inline') text += ' ';
    };
    visit(start, 0);
    return clean(text, SHORT);
  };
  const byIds = (element, ids) => {
    const root = dom.rootNode(element);
    const found = [];
    for (const id of ids.trim().split(/\s+/).slice(0, 10)) {
      const one = id && (root instanceof ShadowRoot || root instanceof Document) ? root.getElementById(id) : null;
      if (one) found.push(attribute(one, 'aria-label') || contentOf(one) || clean(textContent(one), SHORT));
    }
    return found.join(' ');
  };
  const childOf = (element, tag) => {
    for (let child = firstChild(element); child; child = nextSibling(child)) if (isElement(child) && localName(child) === tag) return child;
    return null;
  };
  const labelText = (element) => labelsOf(element).map((label) => contentOf(label, element)).filter(Boolean).join(' ');
  const nameOf = (element, tag, role, label) => {
    const ids = attribute(element, 'aria-labelledby');
    const named = (ids && byIds(element, ids)) || attribute(element, 'aria-label');
    if (named && named.trim()) return clean(named, SHORT);
    if (label) return clean(label, SHORT);
    let own = '';
    if (tag === 'input') {
      const kind = inputType(element);
      if (kind === 'submit') own = inputValue(element) || 'Submit';
      else if (kind === 'reset') own = inputValue(element) || 'Reset';
      else if (kind === 'button') own = inputValue(element);
      else if (kind === 'image') own = attribute(element, 'alt') || 'Submit';
    } else if (tag === 'img' || tag === 'area') own = attribute(element, 'alt');
    else if (tag === 'option') own = optionText(element);
    else if (tag === 'optgroup') own = attribute(element, 'label');
    else if (tag === 'fieldset' || tag === 'table' || tag === 'figure' || tag === 'svg') {
      const child = childOf(element, { fieldset: 'legend', table: 'caption', figure: 'figcaption', svg: 'title' }[tag]);
      own = child ? (tag === 'svg' ? textContent(child) : contentOf(child)) : '';
    }
    if (!own && NAMED_BY_CONTENT.has(role)) own = contentOf(element);
    if (!own && (role === 'dialog' || role === 'alertdialog')) own = '';
    return clean(own || attribute(element, 'title') || attribute(element, 'placeholder') || attribute(element, 'aria-placeholder') || '', SHORT);
  };

  const truth = (element, name) => {
    const given = attribute(element, name);
    return given === null || given === '' || given === 'undefined' ? null : given !== 'false';
  };
  const statesOf = (element, tag, role, focus) => {
    const states = {};
    const isInput = tag === 'input';
    const isForm = isInput || tag === 'button' || tag === 'select' || tag === 'textarea' || tag === 'option' || tag === 'fieldset';
    if (isInput && CHECKABLE.has(INPUTS[inputType(element)])) states.checked = getter(HTMLInputElement.prototype, 'checked')(element);
    else if (CHECKABLE.has(role)) states.checked = truth(element, 'aria-checked') === true;
    if (tag === 'option') states.selected = isSelected(element);
    else {
      const selected = truth(element, 'aria-selected');
      if (selected !== null) states.selected = selected;
      else if (role === 'tab' || role === 'option') states.selected = false;
    }
    const current = attribute(element, 'aria-current');
    if (current !== null && states.selected === undefined) states.selected = current !== 'false' && current !== '';
    const expanded = truth(element, 'aria-expanded');
    if (expanded !== null) states.expanded = expanded;
    else if (tag === 'details') states.expanded = has(element, 'open');
    else if (tag === 'summary') {
      const details = dom.parentNode(element);
      if (details && isElement(details) && localName(details) === 'details') states.expanded = has(details, 'open');
    }
    const pressed = truth(element, 'aria-pressed');
    if (pressed !== null) states.pressed = pressed;
    if (isForm || CONTROLS.has(role)) states.disabled = (isForm && matches(element, ':disabled')) || truth(element, 'aria-disabled') === true;
    if (CONTROLS.has(role) || has(element, 'tabindex') || isField(element)) states.focused = focus === element;
    const isEntry = isField(element) || (isInput && role !== 'button') || tag === 'select';
    if (isEntry || CHECKABLE.has(role)) {
      states.required = (isForm && matches(element, ':required')) || truth(element, 'aria-required') === true;
      const invalid = truth(element, 'aria-invalid');
      states.invalid = invalid === null ? isForm && matches(element, ':user-invalid') : invalid;
    }
    if (isField(element)) states.readonly = (isForm && has(element, 'readonly')) || truth(element, 'aria-readonly') === true;
    return states;
  };
  const valueOf = (element, tag, role) => {
    if (tag === 'input') {
      const kind = inputType(element);
      if (kind === 'checkbox' || kind === 'radio' || INPUTS[kind] === 'button') {
        return kind === 'file' ? [...(element.files || [])].map((file) => file.name).join(', ') : kind === 'color' ? inputValue(element) : null;
      }
      return inputValue(element);
    }
    if (tag === 'textarea') return dom.areaValue(element);
    if (tag === 'select') return [...chosen(element)].map((one) => clean(optionText(one), SHORT)).join(', ');
    if (tag === 'progress' || tag === 'meter') return String(element.value);
    if (isField(element)) return textContent(element);
    const told = attribute(element, 'aria-valuetext') || attribute(element, 'aria-valuenow');
    if (told !== null) return told;
    return role === 'textbox' || role === 'searchbox' ? clean(textContent(element), TEXT) : null;
  };
  const attributesOf = (element) => {
    const kept = {};
    let count = 0;
    for (const one of attributes(element)) {
      const { name } = one;
      if (count >= 24) break;
      if (!KEPT.has(name) && !name.startsWith('data-') && !name.startsWith('aria-')) continue;
      kept[name.slice(0, 100)] = one.value.slice(0, SHORT);
      count += 1;
    }
    return kept;
  };

  const cut = (box, clip) => (clip === null ? box : {
    left: Math.max(box.left, clip.left), top: Math.max(box.top, clip.top),
    right: Math.min(box.right, clip.right), bottom: Math.min(box.bottom, clip.bottom),
  });
  const holds = (box) => box.right > box.left && box.bottom > box.top;

  const look = () => {
    const found = [];
    const all = [];
    let allLength = 0;
    const say = (text) => { if (allLength < ALL_TEXT) { all.push(text); allLength += text.length; } };
    const focus = hands.focused();
    const start = dom.rootOf(document);
    const width = window.innerWidth, height = window.innerHeight;
    const left = window.scrollX, top = window.scrollY;
    const outer = {
      element: null, parent: null, seen: true, shown: true, inert: false, clip: null, loose: null, view: null, viewLoose: null,
      pointer: false, text: '', own: '', item: null, opacity: 1, writes: true,
    };
    const enter = (element, up) => {
      const tag = localName(element);
      const shape = style(element);
      const frame = { ...outer, element, parent: up, inert: up.inert || has(element, 'inert'), item: null, text: '', own: '' };
      const display = shape.display;
      frame.inline = display === 'inline' || display === 'contents';
      // What is faded away bit by bit, cut away or too small to be read cannot be seen either.
      frame.opacity = up.opacity * (Number.parseFloat(shape.opacity) || 0);
      frame.seen = up.seen && display !== 'none' && frame.opacity > FAINT && !CUT_AWAY.test(shape.clipPath);
      frame.writes = Number.parseFloat(shape.fontSize) >= LEGIBLE && !CLEAR.test(shape.color)
        && !(Number.parseFloat(shape.textIndent) < FAR_AWAY);
      if (up.closed && up.closed !== element) frame.seen = false;
      const box = boxOf(element);
      // Where the box is cut off depends on what it is placed by.
      const position = shape.position;
      const isFixed = position === 'fixed', isLoose = position === 'absolute';
      const by = isFixed ? null : isLoose ? up.loose : up.clip;
      const viewBy = isFixed ? null : isLoose ? up.viewLoose : up.view;
      const hides = (one) => one === 'hidden' || one === 'clip';
      const clips = hides(shape.overflowX) || hides(shape.overflowY);
      const scrolls = shape.overflowX === 'auto' || shape.overflowX === 'scroll' || shape.overflowY === 'auto' || shape.overflowY === 'scroll';
      const isWhole = element === start || tag === 'body';
      frame.clip = clips && !isWhole && display !== 'inline' ? cut(box, by) : by;
      frame.view = (clips || scrolls) && !isWhole && display !== 'inline' ? cut(box, viewBy) : viewBy;
      const holdsPlaced = position !== 'static' || shape.transform !== 'none';
      frame.loose = holdsPlaced ? frame.clip : up.loose;
      frame.viewLoose = holdsPlaced ? frame.view : up.viewLoose;
      const visible = cut(box, by);
      const isBoxed = box.width * box.height > 1 && holds(visible) && visible.right + left > 0 && visible.bottom + top > 0;
      frame.shown = frame.seen && shape.visibility === 'visible' && (display === 'contents' ? up.shown : isBoxed);
      if (shape.contentVisibility === 'hidden') frame.hidesContent = true;
      if (up.hidesContent) { frame.seen = false; frame.shown = false; }
      if (tag === 'details' && !has(element, 'open')) frame.closed = childOf(element, 'summary') || element;
      const pointer = shape.cursor === 'pointer';
      const role = roleOf(element, tag);
      const tabindex = attribute(element, 'tabindex');
      const isControl = CONTROLS.has(role) || tag === 'summary' || (tag === 'label' && controlOf(element) !== null);
      const isHiddenField = tag === 'input' && inputType(element) === 'hidden';
      const acts = (isControl || (tabindex !== null && Number(tabindex) >= 0) || attribute(element, 'draggable') === 'true'
        || has(element, 'onclick') || (pointer && !up.pointer && !isWhole)) && !frame.inert;
      frame.pointer = pointer;
      frame.role = role;
      frame.tag = tag;
      if (!isHiddenField && !isWhole) {
        frame.item = {
          element, tag, role, shape, box, acts, up: null, shown: frame.shown,
          in_view: frame.shown && holds(cut(cut(box, viewBy), { left: 0, top: 0, right: width, bottom: height })),
          editable: isField(element), text: '', own: '',
        };
        found.push(frame.item);
      }
      for (let one = up; one; one = one.parent) if (one.item) { frame.above = one.item; break; }
      if (frame.item) frame.item.up = frame.above || null;
      if (tag === 'input' && INPUTS[inputType(element)] === 'button' && frame.shown && inputType(element) !== 'color') say(` ${inputValue(element)} `);
      if (tag === 'select' && frame.shown && frame.role === 'combobox') {
        for (const one of chosen(element)) { frame.text += ` ${clean(optionText(one), SHORT)} `; say(` ${clean(optionText(one), SHORT)} `); }
      }
      if (!frame.inline) say(' ');
      return frame;
    };
    const leave = (frame) => {
      const up = frame.parent;
      const gap = frame.inline ? '' : ' ';
      // A box without a height of its own is where the boxes in it are.
      const item = frame.item;
      if (item && !item.shown && frame.seen && frame.extent && item.box.width * item.box.height <= 1 && item.shape.visibility === 'visible') {
        item.shown = true;
        item.box = { left: frame.extent.left, top: frame.extent.top, right: frame.extent.right, bottom: frame.extent.bottom, x: frame.extent.left, y: frame.extent.top, width: frame.extent.right - frame.extent.left, height: frame.extent.bottom - frame.extent.top };
        item.in_view = holds(cut(item.box, { left: 0, top: 0, right: width, bottom: height }));
      }
      const extent = item && item.shown ? item.box : frame.extent;
      if (extent && extent.width !== 0) {
        const whole = up.extent;
        up.extent = whole
          ? { left: Math.min(whole.left, extent.left), top: Math.min(whole.top, extent.top), right: Math.max(whole.right, extent.right), bottom: Math.max(whole.bottom, extent.bottom) }
          : { left: extent.left, top: extent.top, right: extent.right, bottom: extent.bottom };
      }
      if (up.text.length < TEXT * 2) up.text += gap + frame.text.slice(0, TEXT * 2) + gap;
      if (frame.item) {
        frame.item.text = clean(frame.text, TEXT);
        frame.item.own = clean(frame.own, SHORT);
      }
      if (!frame.inline) say(' ');
      if (frame.tag === 'br') { up.text += ' '; up.own += ' '; say(' '); }
    };
    const waiting = [];
    const push = (node, up) => waiting.push([node, up]);
    const pushChildren = (node, frame) => {
      const children = [];
      for (let child = firstChild(node); child; child = nextSibling(child)) children.push(child);
      for (let i = children.length - 1; i >= 0; i -= 1) push(children[i], frame);
    };
    if (start) push(start, outer);
    while (waiting.length > 0) {
      const [node, up] = waiting.pop();
      if (node === null) { leave(up); continue; }
      const type = nodeType(node);
      if (type === 3) {
        const isOption = up.tag === 'option';
        if (up.element && up.tag !== 'textarea') {
          const text = nodeValue(node);
          if (up.own.length < TEXT) up.own += text.slice(0, TEXT * 4);
          if (((up.shown && up.writes) || isOption) && !up.closed) {
            if (up.text.length < TEXT * 2) up.text += text.slice(0, TEXT * 4);
            if (up.shown) say(text);
          }
        }
        continue;
      }
      if (type !== 1) continue;
      const tag = localName(node);
      if (SKIPPED.has(tag)) continue;
      const frame = enter(node, up);
      push(null, frame);
      if (tag === 'svg' || tag === 'iframe' || tag === 'textarea' || tag === 'datalist') continue;
      pushChildren(node, frame);
      const inner = shadowRoot(node);
      if (inner) pushChildren(inner, frame);
    }
    const means = (one) => !PLAIN.has(one.role) || one.acts || one.editable || one.own !== '';
    let listed = found.filter(means);
    if (listed.length > MOST) listed = listed.filter((one) => one.shown || one.tag === 'option');
    if (listed.length > MOST) listed = listed.slice(0, MOST);
    const places = new Map(listed.map((one, index) => [one, index]));
    hands.hold(listed.map((one) => one.element));
    const elements = listed.map((one, index) => {
      const { element, tag, role, shape, box } = one;
      let parent = one.up;
      while (parent && !places.has(parent)) parent = parent.up;
      const label = labelText(element);
      const value = valueOf(element, tag, role);
      const looks = {};
      for (const name of STYLES) looks[name] = shape.getPropertyValue(name);
      // The text of a list is what it offers only where that can be seen.
      return {
        index, parent: parent ? places.get(parent) : null, tag, role,
        name: nameOf(element, tag, role, label), text: one.text, own_text: one.own,
        value: value === null ? null : String(value).slice(0, STORED),
        placeholder: clean(attribute(element, 'placeholder') || attribute(element, 'aria-placeholder') || '', SHORT),
        label: clean(label, SHORT),
        attributes: attributesOf(element), states: statesOf(element, tag, role, focus), style: looks,
        rect: { x: round(box.x + left), y: round(box.y + top), width: round(box.width), height: round(box.height) },
        visible: one.shown, in_view: one.in_view, actionable: one.acts, editable: one.editable,
      };
    });
    const storage = {};
    const keyAt = method(Storage.prototype, 'key'), itemOf = method(Storage.prototype, 'getItem');
    const countOf = getter(Storage.prototype, 'length');
    for (const area of ['local', 'session']) {
      try {
        const store = window[`${area}Storage`];
        const keys = [];
        for (let i = 0; i < countOf(store) && i < KEYS; i += 1) keys.push(keyAt(store, i));
        for (const key of keys.sort()) storage[`${area}:${key.slice(0, SHORT)}`] = String(itemOf(store, key)).slice(0, STORED);
      } catch { /* not for this document */ }
    }
    const page = document.scrollingElement instanceof Element ? document.scrollingElement : start;
    return {
      url: location.pathname + location.search + location.hash,
      title: String(getter(Document.prototype, 'title')(document)).slice(0, 300),
      viewport: { width, height },
      scroll: [round(left), round(top)],
      size: [page ? page.scrollWidth : 0, page ? page.scrollHeight : 0],
      elements,
      text: all.join('').replace(/\s+/g, ' ').trim().slice(0, ALL_TEXT),
      storage, errors: 0, dialogs: [],
    };
  };
  hands.look = look;
  return true;
})();
