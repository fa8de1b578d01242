// Pictures of pages in use: small ones with what was used outlined on them, and one dialog in which
// they are seen large. A view is `{ id, name, alt, picture, under, marks, note, hint }`: `under` is a
// picture that the other is held against pixel by pixel, `hint` is told in the dialog alone.
"use strict";

(() => {
  const { el, svg } = Pageloom;
  // An outline is drawn around what is used, not over its edge, and never as a mere dot.
  const MARGIN = 4;
  const LEAST = 26;

  const known = (rect) =>
    [rect.x, rect.y, rect.width, rect.height].every((number) => Number.isFinite(number));

  // Where a rectangle lies that is not on the picture: it was brought into the window first.
  function outside(rect, { width, height }) {
    if (!known(rect)) return null;
    if (rect.y >= height) return "below";
    if (rect.y + rect.height <= 0) return "above";
    if (rect.x >= width) return "right of";
    return rect.x + rect.width <= 0 ? "left of" : null;
  }

  function outline({ rect, kind }) {
    const width = Math.max(LEAST, rect.width + 2 * MARGIN);
    const height = Math.max(LEAST, rect.height + 2 * MARGIN);
    const place = {
      x: rect.x + (rect.width - width) / 2,
      y: rect.y + (rect.height - height) / 2,
      width,
      height,
      rx: 4,
    };
    return [
      svg("rect", { ...place, class: "mark-halo" }),
      svg("rect", { ...place, class: `mark mark-${kind}` }),
    ];
  }

  function arrow(from, to) {
    const middle = ({ rect }) => [rect.x + rect.width / 2, rect.y + rect.height / 2];
    const [x1, y1] = middle(from);
    const [x2, y2] = middle(to);
    return [
      svg("line", { x1, y1, x2, y2, class: "mark-halo" }),
      svg("line", { x1, y1, x2, y2, class: "mark mark-way" }),
    ];
  }

  function marks(view) {
    const list = (view.marks || []).filter(({ rect }) => known(rect));
    if (!list.length) return null;
    return svg(
      "svg",
      {
        class: "shot-marks",
        viewBox: `0 0 ${view.picture.width} ${view.picture.height}`,
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      list.length > 1 ? arrow(list[0], list[1]) : null,
      list.map(outline),
    );
  }

  function image({ path, width, height }, alt, lazy) {
    const node = el("img", {
      src: path,
      width,
      height,
      alt,
      draggable: "false",
      loading: lazy ? "lazy" : null,
    });
    node.addEventListener("error", () =>
      node.replaceWith(el("span", { class: "no-picture" }, "this picture cannot be read")),
    );
    return node;
  }

  function shot(view, lazy) {
    return el(
      "span",
      {
        class: view.under ? "shot shot-difference" : "shot",
        // Its place is kept before it is loaded, so that a jump to a step lands there.
        style: { "--ratio": String(view.picture.width / view.picture.height) },
      },
      view.under ? image(view.under, "", lazy) : null,
      image(view.picture, view.alt, lazy),
      marks(view),
    );
  }

  const dialog = el("dialog", { class: "lightbox", "aria-label": "Picture" });
  let shown = null;

  function draw() {
    const { entries, place, id } = shown;
    const entry = entries[place];
    const view = entry.views.find((other) => other.id === id) || entry.views[0];
    const button = (text, title, step) =>
      el(
        "button",
        {
          type: "button",
          class: "plain",
          title,
          disabled: !entries[place + step],
          on: { click: () => turn(step) },
        },
        text,
      );
    dialog.replaceChildren(
      el(
        "div",
        { class: "lightbox-head" },
        el("h2", { class: "clip" }, entry.title()),
        el(
          "div",
          { class: "lightbox-actions" },
          button("‹ Previous", "Previous (←)", -1),
          button("Next ›", "Next (→)", 1),
          el("a", { class: "plain", href: view.picture.path, target: "_blank", rel: "noopener" }, "File"),
          el("button", { type: "button", class: "plain", on: { click: close } }, "Close"),
        ),
      ),
      el(
        "div",
        { class: "segments", role: "group", "aria-label": "Picture shown" },
        entry.views.map((other) =>
          el(
            "button",
            {
              type: "button",
              class: "segment",
              "aria-pressed": String(other === view),
              on: {
                click: () => {
                  shown.id = other.id;
                  draw();
                },
              },
            },
            other.name,
          ),
        ),
      ),
      el(
        "div",
        { class: "lightbox-body" },
        shot(view, false),
      ),
      el("p", { class: "note" }, view.note || view.hint || `${view.picture.width} × ${view.picture.height} pixels`),
    );
    if (shown.moved) shown.moved(entry);
  }

  function turn(step) {
    if (!shown.entries[shown.place + step]) return;
    shown.place += step;
    draw();
    dialog.focus();
  }

  // The views of one entry in their order, kept while entries are turned.
  function look(step) {
    const { views } = shown.entries[shown.place];
    const place = Math.max(
      0,
      views.findIndex((view) => view.id === shown.id),
    );
    shown.id = views[(place + step + views.length) % views.length].id;
    draw();
    dialog.focus();
  }

  const KEYS = {
    ArrowLeft: () => turn(-1),
    ArrowRight: () => turn(1),
    ArrowUp: () => look(-1),
    ArrowDown: () => look(1),
  };

  // Entries are `{ title, views }`; those without a picture are passed over.
  function open(entries, entry, id, moved) {
    const list = entries.filter(({ views }) => views.length);
    const opener = document.activeElement;
    shown = { entries: list, place: Math.max(0, list.indexOf(entry)), id, moved, opener };
    if (!dialog.isConnected) document.body.append(dialog);
    draw();
    dialog.showModal();
    dialog.focus();
  }

  function close() {
    if (dialog.open) dialog.close();
  }

  dialog.tabIndex = -1;
  dialog.addEventListener("keydown", (event) => {
    // The page beneath has keys of its own.
    event.stopPropagation();
    if (!Object.hasOwn(KEYS, event.key)) return;
    KEYS[event.key]();
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close();
  });
  dialog.addEventListener("close", () => {
    if (shown && shown.opener && shown.opener.isConnected) shown.opener.focus({ preventScroll: true });
    shown = null;
    dialog.replaceChildren();
  });

  // A small picture with its name; a press shows it large.
  function figure(view, enlarge, className) {
    const press = (event) => {
      // Not every browser gives a pressed button the focus, which the dialog hands back to it.
      event.currentTarget.focus({ preventScroll: true });
      enlarge();
    };
    return el(
      "figure",
      { class: `shot-figure ${className || ""}`, "data-view": view.id },
      el("figcaption", { class: "shot-name" }, view.name),
      el(
        "button",
        { type: "button", class: "shot-button", title: "Enlarge", on: { click: press } },
        shot(view, true),
      ),
      view.note ? el("p", { class: "shot-note" }, view.note) : null,
    );
  }

  Pageloom.lightbox = { open, close, figure, outside };
})();
