// Numbers and names as people read them, and the colours of runs.
"use strict";

(() => {
  const RUN_COLOURS = 10;
  const OUTCOMES = [
    { id: "scored", text: "scored" },
    { id: "page_fault", text: "page fault" },
    { id: "system_fault", text: "system fault" },
    { id: "unfinished", text: "unfinished" },
    { id: "absent", text: "not a task of this run" },
  ];
  const GROUPS = {
    interactive: "Interactive page",
    website: "Website in use",
    headline: "Overall and aspects",
    wcgb: "Judge criteria",
    judge: "Judge",
    local: "Local judge",
    reward: "Reward and stages",
    probe: "Probes",
    design2code: "Design2Code",
    wub: "Yes/no questions",
    websrc: "Pieces of text",
    other: "More metrics",
  };

  const whole = new Intl.NumberFormat("en");

  // Three decimals on a scale up to one, two above.
  function value(number, range) {
    if (number === null || number === undefined) return "–";
    return number.toFixed(range && range[1] > 1 ? 2 : 3);
  }

  // Where a value lies in its range, 0 to 1.
  function share(number, range) {
    const width = range[1] - range[0];
    if (number === null || number === undefined || !(width > 0)) return 0;
    return Math.min(1, Math.max(0, (number - range[0]) / width));
  }

  function seconds(number) {
    return number < 1 ? `${(number * 1000).toFixed(0)} ms` : `${number.toFixed(2)} s`;
  }

  function bytes(number) {
    if (number < 1024) return `${number} B`;
    return number < 1 << 20 ? `${(number / 1024).toFixed(1)} KB` : `${(number / (1 << 20)).toFixed(1)} MB`;
  }

  // With its sign, which a difference always has.
  function difference(number, range) {
    if (number === null || number === undefined) return "–";
    const text = value(Math.abs(number), range);
    const sign = Number(text) === 0 ? "±" : number < 0 ? "−" : "+";
    return sign + text;
  }

  // A rank correlation, -1 to 1.
  function correlation(number) {
    return number === null || number === undefined ? "–" : number.toFixed(2).replace("-", "−");
  }

  // US dollars. What rounds to nothing is said to be less, unless it is nothing.
  function dollars(number) {
    if (number > 0 && number < 0.00005) return "< $0.0001";
    return number < 1e12 ? `$${number.toFixed(4)}` : `$${number.toExponential(2)}`;
  }

  const groupName = (group) => (Object.hasOwn(GROUPS, group) ? GROUPS[group] : group.replaceAll("_", " "));
  const runColour = (place) => `var(--run-${place % RUN_COLOURS})`;
  const faultWords = (code) => code.replace("/", ": ").replaceAll("_", " ");

  Pageloom.format = {
    value,
    share,
    seconds,
    bytes,
    difference,
    correlation,
    dollars,
    whole: (n) => whole.format(n),
    groupName,
    runColour,
    faultWords,
    OUTCOMES,
  };
})();
