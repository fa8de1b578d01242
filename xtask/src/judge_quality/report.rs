//! The tables of one judge as text: a summary in Markdown, and every answer as a row of its own.
//! Only writes what `measures` computes; equal answers give equal bytes.

use std::fmt::Write as _;

use pageloom_schema::Exchange;
use pageloom_schema::rank::{kendall, spearman};
use pageloom_schema::statistics::mean;
use pageloom_score::judge::criteria::Form;

use super::arguments::Arguments;
use super::measures::{Answers, Kind, OVERALL, Order, Share, columns_of};
use super::pairs::{Said, Subject};
use crate::metric_agreement::{COLUMNS, DEGRADATIONS};

/// Both ends of the scale.
const TOP: f64 = 10.0;
const BOTTOM: f64 = 0.0;

/// The texts of one judge.
pub(super) struct Tables {
    /// What the answers are worth.
    pub(super) summary: String,
    /// Every answer, tab-separated.
    pub(super) pairs: String,
}

/// What the answers of a judge took when they were given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spending {
    answers: usize,
    input: u64,
    output: u64,
    counted: usize,
    cost: f64,
    priced: usize,
}

impl Spending {
    /// With one answer more.
    pub(super) fn with(mut self, exchange: &Exchange) -> Self {
        self.answers += 1;
        if let Some(tokens) = exchange.tokens {
            self.counted += 1;
            self.input += tokens.input;
            self.output += tokens.output;
        }
        if let Some(cost) = exchange.cost {
            self.priced += 1;
            self.cost += cost;
        }
        self
    }
}

/// Writes the tables; the judge in question stands first, the local one beside it.
pub(super) fn write(
    arguments: &Arguments,
    judges: &[Answers<'_>],
    spending: Option<Spending>,
) -> Tables {
    let kinds: Vec<Vec<Kind>> = judges
        .iter()
        .map(|judge| arguments.kinds.iter().map(|kind| judge.kind(kind)).collect())
        .collect();
    let mut text = heading(arguments, judges);
    text += &known_truths(judges, &kinds);
    text += &counts(judges);
    text += &ends(judges);
    text += &positions(judges);
    text += &ladder(judges, &kinds);
    text += &repeats(judges, arguments.repeat);
    text += &agreement(judges);
    if let Some(spending) = spending {
        text += &spent(spending);
    }
    Tables { summary: text, pairs: every_answer(judges) }
}

fn heading(arguments: &Arguments, judges: &[Answers<'_>]) -> String {
    let mut pages: Vec<&str> = judges
        .first()
        .into_iter()
        .flat_map(|judge| judge.pairs.iter().map(|pair| pair.page.as_str()))
        .collect();
    pages.dedup();
    let form = match arguments.form {
        _ if arguments.judge == "local" => "It computes",
        Form::V1 => "Form v1",
        Form::Compat => "Form compat",
    };
    let temperature = arguments.sampling.temperature.flatten();
    let temperature = temperature.map_or(String::new(), |value| format!(", temperature {value}"));
    format!(
        "# The judge `{}`\n\n{form}{temperature}; suite `{}`, {} pages: {}; {} kinds of harm. What \
         the tables mean: [README.md](README.md).\n",
        arguments.judge,
        arguments.suite,
        pages.len(),
        pages.join(", "),
        arguments.kinds.len()
    )
}

/// The few numbers that decide, beside the bounds of a usable judge.
fn known_truths(judges: &[Answers<'_>], kinds: &[Vec<Kind>]) -> String {
    let mut rows: Vec<Vec<String>> = [
        "identical pair, mean `overall` | at least 9.5",
        "blank pair, mean `overall` | at most 1",
        "other position, mean difference of `overall` | at most 0.5",
        "other position, share of flips | at most 0.05",
        "ladder, share of steps in the right order | at least 0.8",
        "ladder, mean Spearman of strength and `overall` | at most -0.8",
        "ladder, share of pages and kinds where it sees anything | at least 0.95",
        "repeated, mean standard deviation of `overall` | at most 0.5",
        "repeated, share within 1 point, `overall` | at least 0.9",
        "questions without a value | at most 0.02",
    ]
    .map(|line| line.split(" | ").map(str::to_owned).collect())
    .into();
    for (judge, kinds) in judges.iter().zip(kinds) {
        for (row, (value, of, held)) in rows.iter_mut().zip(decisive(judge, kinds)) {
            row.extend([number(value), of.to_string()]);
            row.push(value.map_or("-", |_| if held { "yes" } else { "no" }).to_owned());
        }
    }
    let names = judges
        .iter()
        .flat_map(|judge| [judge.judge.to_owned(), "of".to_owned(), "held".to_owned()]);
    let header = ["measure", "a usable judge"].map(str::to_owned).into_iter().chain(names);
    section("In short", "", &header.collect::<Vec<_>>(), &rows)
}

/// The deciding numbers of one judge: value, of how many, and whether it is within its bound.
fn decisive(judge: &Answers<'_>, kinds: &[Kind]) -> [(Option<f64>, usize, bool); 10] {
    let most = |value: Option<f64>, of: usize, bound: f64| {
        (value, of, value.is_some_and(|value| value <= bound))
    };
    let least = |value: Option<f64>, of: usize, bound: f64| {
        (value, of, value.is_some_and(|value| value >= bound))
    };
    let counts = judge.counts("");
    let missing = Share { so: counts.asked - counts.answered, of: counts.asked };
    let flips = judge.flips();
    let flips = Share { so: flips.flipped, of: flips.of };
    let mut order = Order::default();
    kinds.iter().for_each(|kind| order.add(kind.order));
    // A ladder on which nothing varies has no coefficient: it is in a share of its own.
    let coefficients: Vec<f64> = kinds.iter().flat_map(|kind| kind.coefficients.clone()).collect();
    let seen = Share { so: coefficients.len(), of: kinds.iter().map(|kind| kind.ladders).sum() };
    let (identical, tops) = judge.against(Subject::Identical, OVERALL, TOP);
    let (blank, bottoms) = judge.against(Subject::Blank, OVERALL, BOTTOM);
    let (apart, pairs) = judge.swap_difference(OVERALL);
    let (deviation, near, repeated) = judge.repeats(OVERALL);
    [
        least(identical, tops.of, 9.5),
        most(blank, bottoms.of, 1.0),
        most(apart, pairs, 0.5),
        most(flips.value(), flips.of, 0.05),
        least(order.share().value(), order.of, 0.8),
        most(mean(&coefficients), coefficients.len(), -0.8),
        least(seen.value(), seen.of, 0.95),
        most(deviation, repeated, 0.5),
        least(near.value(), near.of, 0.9),
        most(missing.value(), missing.of, 0.02),
    ]
}

fn counts(judges: &[Answers<'_>]) -> String {
    let mut rows = Vec::new();
    for judge in judges {
        for name in ["identical", "blank", "both blank", "ladder", "swapped", ""] {
            let counts = judge.counts(name);
            let mut row = vec![judge.judge.to_owned()];
            row.push(if name.is_empty() { "all" } else { name }.to_owned());
            let numbers = [counts.asked, counts.answered, counts.unreadable, counts.null];
            row.extend(numbers.map(|number| number.to_string()));
            rows.push(row);
        }
    }
    let note = "Repeated answers count each. Unreadable and null ones are in no mean below.\n";
    let header = ["judge", "pairs", "asked", "answered", "unreadable", "null"].map(str::to_owned);
    section("Questions", note, &header, &rows)
}

/// The pairs that belong at the ends of the scale.
fn ends(judges: &[Answers<'_>]) -> String {
    let mut text = String::new();
    for (title, subject, truth, share) in [
        ("Identical pair: the top", Subject::Identical, TOP, "exactly 10"),
        ("Blank pair: the bottom", Subject::Blank, BOTTOM, "exactly 0"),
        ("Both blank: the same, and nothing", Subject::BothBlank, TOP, "exactly 10"),
    ] {
        let rows = by_column(judges, |judge, column| {
            let (mean, so) = judge.against(subject, column, truth);
            vec![number(mean), fraction(so)]
        });
        text += &section(title, "", &column_header(judges, &["mean", share]), &rows);
    }
    text
}

fn positions(judges: &[Answers<'_>]) -> String {
    let rows = by_column(judges, |judge, column| {
        let (apart, pairs) = judge.swap_difference(column);
        vec![number(apart), pairs.to_string()]
    });
    let mut text = section(
        "The other position",
        "Mean absolute difference between both positions of a pair.\n",
        &column_header(judges, &["difference", "pairs"]),
        &rows,
    );
    for judge in judges {
        let flips = judge.flips();
        let _ = writeln!(
            text,
            "\n{}: the order of two candidates flips in {} of {} cases; equal in one position alone \
             in {} of {}.",
            judge.judge, flips.flipped, flips.of, flips.tied, flips.of
        );
    }
    text
}

fn ladder(judges: &[Answers<'_>], kinds: &[Vec<Kind>]) -> String {
    let mut rows = Vec::new();
    for (judge, kinds) in judges.iter().zip(kinds) {
        for kind in kinds {
            rows.push(vec![
                judge.judge.to_owned(),
                kind.name.to_owned(),
                fraction(kind.order.share()),
                kind.order.tied.to_string(),
                fraction(kind.own_order.share()),
                kind.own_order.tied.to_string(),
                number(mean(&kind.coefficients)),
                format!("{}/{}", kind.coefficients.len(), kind.ladders),
            ]);
        }
    }
    let header = [
        "judge",
        "harm",
        "steps in order",
        "tied",
        "in order by its own criteria",
        "tied",
        "Spearman",
        "of pages",
    ]
    .map(str::to_owned);
    let note = "Neighbouring steps, no harm included; Spearman of strength and `overall`, mean over \
                pages: -1 is perfect, and a page where nothing varies has none.\n";
    let mut text = section("Ladder", note, &header, &rows);
    let names = COLUMNS.map(|(name, _)| name.to_owned());
    let header: Vec<String> = std::iter::once("harm".to_owned())
        .chain(names)
        .chain(["pages", "own leads"].map(str::to_owned))
        .collect();
    for (judge, kinds) in judges.iter().zip(kinds) {
        let rows: Vec<Vec<String>> = kinds.iter().map(reaction).collect();
        let note = "Mean fall from no harm to strength 4. `*`: the harm is about this criterion; \
                    `own leads`: none falls further than the first of these.\n";
        text += &section(&format!("What reacts: {}", judge.judge), note, &header, &rows);
    }
    text
}

/// One row of the table of reactions.
fn reaction(kind: &Kind) -> Vec<String> {
    let own: Vec<usize> =
        DEGRADATIONS.iter().filter(|known| known.name == kind.name).flat_map(columns_of).collect();
    let mut row = vec![kind.name.to_owned()];
    row.extend(kind.falls.iter().enumerate().map(|(column, fall)| {
        let mark = if own.contains(&column) { "*" } else { "" };
        format!("{}{mark}", number(*fall))
    }));
    row.push(kind.pages.to_string());
    let furthest = |own_only: bool| {
        let columns = (0..OVERALL).filter(|column| !own_only || own.contains(column));
        columns.filter_map(|column| kind.falls[column]).reduce(f64::max)
    };
    row.push(
        match furthest(true).zip(furthest(false)) {
            None => "-",
            // Where all fall alike, none leads.
            Some((_, all)) if kind.falls[..OVERALL].iter().all(|fall| *fall == Some(all)) => {
                "alike"
            }
            Some((own, all)) if own >= all => "yes",
            Some(_) => "no",
        }
        .to_owned(),
    );
    row
}

fn repeats(judges: &[Answers<'_>], repeat: u32) -> String {
    let rows = by_column(judges, |judge, column| {
        let (deviation, near, pairs) = judge.repeats(column);
        vec![number(deviation), fraction(near), pairs.to_string()]
    });
    let note = format!(
        "{repeat} answers to the same pair: mean standard deviation, pairs of answers within 1 \
         point. The local judge computes, and is not asked twice.\n"
    );
    let header = column_header(judges, &["deviation", "within 1", "pairs"]);
    section("Again", &note, &header, &rows)
}

fn agreement(judges: &[Answers<'_>]) -> String {
    let [judge, local] = judges else { return String::new() };
    let rows = COLUMNS
        .iter()
        .enumerate()
        .map(|(column, (name, _))| {
            let both = judge.beside(local, column);
            vec![
                (*name).to_owned(),
                number(spearman(&both)),
                number(kendall(&both)),
                both.len().to_string(),
            ]
        })
        .collect::<Vec<_>>();
    let header = ["criterion", "Spearman", "Kendall", "pairs"].map(str::to_owned);
    section("Beside the local judge", "Rank correlation over all pairs.\n", &header, &rows)
}

fn spent(spending: Spending) -> String {
    let cost = if spending.priced == 0 {
        "no price is known".to_owned()
    } else {
        format!("${:.4} ({} of {} priced)", spending.cost, spending.priced, spending.answers)
    };
    format!(
        "\n## Tokens and cost\n\n{} different questions were answered, tries included; tokens of {} \
         of them are known: {} in, {} out; {cost}.\n",
        spending.answers, spending.counted, spending.input, spending.output
    )
}

/// Every answer of every judge, one a line.
fn every_answer(judges: &[Answers<'_>]) -> String {
    let names = COLUMNS.map(|(name, _)| name).join("\t");
    let mut text = format!("judge\tpage\tpair\tharm\tstrength\tdraw\tanswer\t{names}\n");
    for judge in judges {
        for pair in judge.pairs {
            let (harm, strength) =
                pair.subject.harm().map_or(("-", "-".to_owned()), |(k, s)| (k, s.to_string()));
            for (draw, said) in pair.said.iter().enumerate() {
                let (answer, values) = match said {
                    Said::Values(values) => {
                        ("answered", values.map(|value| format!("{value:.2}")).join("\t"))
                    }
                    Said::Unreadable(_) => ("unreadable", ["-"; COLUMNS.len()].join("\t")),
                    Said::Null(_) => ("null", ["-"; COLUMNS.len()].join("\t")),
                };
                let (name, page, what) = (judge.judge, &pair.page, pair.subject.name());
                let _ = writeln!(
                    text,
                    "{name}\t{page}\t{what}\t{harm}\t{strength}\t{draw}\t{answer}\t{values}"
                );
            }
        }
    }
    text
}

/// One row a criterion, with the same cells for each judge.
fn by_column(
    judges: &[Answers<'_>],
    cells: impl Fn(&Answers<'_>, usize) -> Vec<String>,
) -> Vec<Vec<String>> {
    let row = |(column, (name, _)): (usize, &(&str, &str))| {
        let values = judges.iter().flat_map(|judge| cells(judge, column));
        std::iter::once((*name).to_owned()).chain(values).collect()
    };
    COLUMNS.iter().enumerate().map(row).collect()
}

fn column_header(judges: &[Answers<'_>], names: &[&str]) -> Vec<String> {
    let of = |judge: &Answers<'_>| {
        names.iter().map(|name| format!("{}: {name}", judge.judge)).collect::<Vec<_>>()
    };
    std::iter::once("criterion".to_owned()).chain(judges.iter().flat_map(of)).collect()
}

fn section(title: &str, note: &str, header: &[String], rows: &[Vec<String>]) -> String {
    let gap = if note.is_empty() { "" } else { "\n" };
    let mut text = format!("\n## {title}\n\n{note}{gap}| {} |\n", header.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(header.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// Two decimals; `-` for what is absent.
fn number(value: Option<f64>) -> String {
    // Rounded first, so that no zero has a sign.
    value.map_or_else(
        || "-".to_owned(),
        |value| format!("{:.2}", (value * 100.0).round() / 100.0 + 0.0),
    )
}

fn fraction(share: Share) -> String {
    format!("{}/{}", share.so, share.of)
}
