// The questions of one sample and what models answered. All of it is text that a model or a page
// wrote, and is only ever shown as text; it is drawn when the section is opened.
"use strict";

(() => {
  const { el, format } = Pageloom;
  const SOURCES = {
    endpoint: "asked",
    cache: "from another run",
    run: "from this run",
    replay: "replayed",
  };
  const FINISHES = { cut_off: "cut off", refused: "refused" };

  function words(name, cut) {
    return el(
      "section",
      null,
      name ? el("h4", null, name) : null,
      cut.text === ""
        ? el("p", { class: "note" }, "Nothing.")
        : el("pre", { class: "exchange-text", tabindex: "0", dir: "auto" }, cut.text),
      cut.bytes
        ? el(
            "p",
            { class: "note" },
            `Cut: the first ${format.bytes(new Blob([cut.text]).size)} of ${format.bytes(cut.bytes)}. The run's blobs hold the rest.`,
          )
        : null,
    );
  }

  function picture(path, number) {
    if (!path)
      return el("p", { class: "note" }, `Picture ${number} is missing from the run's blobs.`);
    return el(
      "a",
      { class: "exchange-picture", href: path, target: "_blank", rel: "noopener", title: "Open the picture" },
      el("img", { src: path, alt: `Picture ${number} of the question`, loading: "lazy" }),
    );
  }

  function question(asked) {
    if (!asked) return el("p", { class: "note" }, "The question is missing from the run's blobs, or damaged.");
    let pictures = 0;
    const parts = asked.parts.map((part) => {
      if (part.text) return words(null, part.text);
      pictures += 1;
      return picture(part.picture, pictures);
    });
    return el(
      "div",
      { class: "exchange-question" },
      asked.instructions.text ? words("Instructions", asked.instructions) : null,
      el("h4", null, "Question"),
      parts,
      asked.left_out
        ? el("p", { class: "note" }, `${format.whole(asked.left_out)} further parts are left out.`)
        : null,
    );
  }

  function facts(exchange) {
    const list = [SOURCES[exchange.source]];
    if (exchange.attempts > 1) list.push(`${format.whole(exchange.attempts)} attempts`);
    list.push(
      exchange.tokens
        ? `${format.whole(exchange.tokens[0])} + ${format.whole(exchange.tokens[1])} tokens`
        : "tokens unknown",
      exchange.cost === null
        ? "price unknown"
        : `${exchange.source === "endpoint" ? "" : "worth "}${format.dollars(exchange.cost)}`,
      format.seconds(exchange.seconds),
    );
    const asked = exchange.question;
    if (asked && asked.form) list.push(`as JSON: ${asked.form}`);
    if (asked && asked.draw) list.push(`answer ${format.whole(asked.draw + 1)}`);
    return list.join(" · ");
  }

  function item(exchange) {
    const body = el("div", { class: "exchange-body" });
    const node = el(
      "details",
      { class: "exchange", "data-purpose": exchange.purpose },
      el(
        "summary",
        null,
        el("span", { class: "exchange-purpose" }, exchange.purpose),
        el("span", { class: "exchange-model" }, exchange.model),
        FINISHES[exchange.finish]
          ? el("span", { class: "badge warn" }, FINISHES[exchange.finish])
          : null,
        el("span", { class: "muted small exchange-facts" }, facts(exchange)),
      ),
      body,
    );
    node.addEventListener("toggle", () => {
      if (!node.open || body.firstChild) return;
      body.append(
        question(exchange.question),
        el(
          "div",
          { class: "exchange-reply" },
          exchange.reply
            ? words("Reply", exchange.reply)
            : el("p", { class: "note" }, "The reply is missing from the run's blobs, or damaged."),
        ),
      );
    });
    return node;
  }

  // Nothing where no model was asked about the sample.
  function build(detail) {
    const asked = detail.exchanges;
    if (!asked) return null;
    const list = el("div", { class: "exchange-list" });
    const count = asked.shown.length + asked.left_out;
    const node = el(
      "details",
      { class: "card exchanges", id: "exchanges" },
      el(
        "summary",
        null,
        el("h2", null, "Questions and answers"),
        el("span", { class: "muted small" }, format.whole(count)),
      ),
      list,
    );
    node.addEventListener("toggle", () => {
      if (!node.open || list.firstChild) return;
      list.append(...asked.shown.map(item));
      if (asked.left_out)
        list.append(
          el("p", { class: "note" }, `${format.whole(asked.left_out)} further answers are in the run's log.`),
        );
      if (asked.shown.length === 1) list.firstChild.open = true;
    });
    return node;
  }

  Pageloom.exchanges = { build };
})();
