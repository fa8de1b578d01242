// Boxes drawn over a picture: matched and missed text blocks, or the evidence of one score. A box
// lights up with its partner on the other page.
"use strict";

(() => {
  const { svg, format } = Pageloom;

  // What is drawn: one entry per box, boxes of a pair share their number.
  function blockBoxes(blocks) {
    const boxes = [];
    blocks.forEach((pair, number) => {
      const verdict =
        pair.reference && pair.candidate
          ? pair.similarity !== null && pair.similarity < 0.9995
            ? "changed"
            : "matched"
          : pair.reference
            ? "missed"
            : "extra";
      const words =
        verdict === "missed"
          ? "missed"
          : verdict === "extra"
            ? "extra"
            : `similarity ${format.value(pair.similarity)}`;
      for (const side of ["reference", "candidate"]) {
        if (pair[side])
          boxes.push({ side, rect: pair[side], verdict, label: `${words} · ${pair.text}`, pair: number });
      }
    });
    return boxes;
  }

  function evidenceBoxes(score) {
    return (score.evidence || []).map((box, number) => ({
      side: box.side,
      rect: box.rect,
      verdict: box.verdict,
      label: `${box.verdict} · ${box.label}`,
      pair: number,
      single: true,
    }));
  }

  // The drawing of one side, in page pixels. `light(pair)` is told which pair is pointed at.
  function draw(boxes, side, width, height, events) {
    const root = svg("svg", {
      class: "overlay",
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    });
    // Large boxes first, so that those inside them can be pointed at.
    const area = (box) => box.rect.width * box.rect.height;
    for (const box of [...boxes].sort((a, b) => area(b) - area(a))) {
      if (box.side !== side) continue;
      const { x, y } = box.rect;
      root.append(
        svg("rect", {
          x,
          y,
          width: Math.max(1, box.rect.width),
          height: Math.max(1, box.rect.height),
          rx: 2,
          class: `box-${box.verdict}`,
          "data-pair": box.pair,
          on: {
            pointerenter: (event) => events.light(box, event),
            pointerleave: () => events.dark(),
            click: () => events.follow(box),
          },
        }),
      );
    }
    return root;
  }

  Pageloom.overlay = { blockBoxes, evidenceBoxes, draw };
})();
