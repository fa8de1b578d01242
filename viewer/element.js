// Builds elements from values. Text of a run only ever becomes a text node or a plain attribute;
// nothing here or elsewhere in the viewer parses markup.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") {
        for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
      } else if (name === "style") {
        for (const [property, setting] of Object.entries(value)) node.style.setProperty(property, setting);
      } else {
        node.setAttribute(name, value === true ? "" : String(value));
      }
    }
    node.append(
      ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
    );
    return node;
  }

  const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  // One choice out of a few, as a group of buttons.
  function segmented(label, options, chosen, choose) {
    const buttons = options.map(({ id, text, title }) =>
      el(
        "button",
        {
          type: "button",
          class: "segment",
          "data-id": id,
          title,
          "aria-pressed": String(id === chosen),
          on: { click: () => choose(id) },
        },
        text,
      ),
    );
    const group = el("div", { class: "segments", role: "group", "aria-label": label }, buttons);
    group.choose = (id) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.id === id));
    };
    return group;
  }

  function select(label, options, chosen, choose) {
    const box = el(
      "select",
      { "aria-label": label, on: { change: () => choose(box.value) } },
      options.map(({ id, text }) => el("option", { value: id, selected: id === chosen }, text)),
    );
    return el("label", { class: "field" }, el("span", { class: "field-name" }, label), box);
  }

  // A name that may break after the marks inside it.
  const breakable = (name) => name.split(/(?<=[_:/.-])/).flatMap((part) => [part, el("wbr")]);

  // Words of ours with texts of others in them, which come as lists of one text: those are quoted, and
  // kept from changing the order in which the line reads.
  const phrase = (pieces) =>
    pieces.map((piece, place) => [
      place ? " " : "",
      Array.isArray(piece) ? el("q", { class: "quoted", dir: "auto" }, piece[0]) : piece,
    ]);
  const phraseText = (pieces) =>
    pieces.map((piece) => (Array.isArray(piece) ? `“${piece[0]}”` : piece)).join(" ");

  function announce(text) {
    document.getElementById("announcer").textContent = text;
  }

  Object.assign(Pageloom, { el, svg, segmented, select, breakable, phrase, phraseText, announce });
})();
