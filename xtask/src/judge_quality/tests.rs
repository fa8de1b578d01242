//! What the measures say of answers that are made up, and a small real examination.

use super::*;
use crate::metric_agreement::{COLUMNS, DEGRADATIONS, Degradation};
use measures::{Counts, Flips, OVERALL, Share};
use pairs::{Subject, Values};

fn judged(page: &str, subject: Subject, said: Vec<Said>) -> Judged {
    Judged { page: page.to_owned(), subject, said }
}

fn all(value: f64) -> Said {
    Said::Values([value; COLUMNS.len()])
}

fn kind(name: &str) -> Vec<&'static Degradation> {
    DEGRADATIONS.iter().filter(|kind| kind.name == name).collect()
}

/// One page whose ladder has these sums, and those of strengths 2 and 4 in the other position.
fn recoloured(ladder: [f64; 5], back: [f64; 2]) -> Vec<Judged> {
    let mut pairs = vec![judged("a", Subject::Identical, vec![all(ladder[0])])];
    for strength in 1..=4_u8 {
        let said = vec![all(ladder[usize::from(strength)])];
        pairs.push(judged("a", Subject::Ladder("recolour", strength), said));
    }
    for (strength, value) in [2, 4].into_iter().zip(back) {
        pairs.push(judged("a", Subject::Swapped("recolour", strength), vec![all(value)]));
    }
    pairs
}

#[test]
fn a_falling_ladder_is_in_order_and_its_coefficient_is_minus_one() {
    let kinds = kind("recolour");
    let pairs = recoloured([10.0, 8.0, 6.0, 4.0, 2.0], [6.5, 2.0]);
    let answers = Answers::new("a judge", &pairs, &kinds);
    let measured = answers.kind(kinds[0]);
    assert_eq!(measured.falls[OVERALL], Some(8.0));
    assert_eq!((measured.order.share(), measured.order.tied), (Share { so: 4, of: 4 }, 0));
    assert_eq!((measured.coefficients, measured.ladders), (vec![-1.0], 1));
    assert_eq!(answers.swap_difference(OVERALL), (Some(0.25), 2));
    assert_eq!(answers.flips(), Flips { flipped: 0, tied: 0, of: 1 });
}

#[test]
fn ties_are_neither_in_order_nor_flipped() {
    let kinds = kind("recolour");
    let pairs = recoloured([10.0, 8.0, 8.0, 9.0, 5.0], [3.0, 3.0]);
    let answers = Answers::new("a judge", &pairs, &kinds);
    let order = answers.kind(kinds[0]).order;
    assert_eq!((order.right, order.tied, order.of), (2, 1, 4));
    assert_eq!(answers.flips(), Flips { flipped: 0, tied: 1, of: 1 });
    let pairs = recoloured([10.0, 8.0, 8.0, 9.0, 5.0], [3.0, 4.0]);
    assert_eq!(Answers::new("a judge", &pairs, &kinds).flips().flipped, 1);
}

#[test]
fn a_judge_that_sees_nothing_has_no_coefficient_and_is_counted() {
    let kinds = kind("recolour");
    let pairs = recoloured([7.0; 5], [7.0; 2]);
    let measured = Answers::new("a judge", &pairs, &kinds).kind(kinds[0]);
    assert_eq!((measured.coefficients, measured.ladders), (Vec::new(), 1));
    assert_eq!((measured.order.right, measured.order.tied, measured.order.of), (0, 4, 4));
}

#[test]
fn what_has_no_answer_is_counted_and_in_no_mean() {
    let kinds = kind("recolour");
    let mut pairs = recoloured([10.0, 8.0, 6.0, 4.0, 2.0], [6.0, 2.0]);
    pairs[2].said = vec![Said::Null("nobody answers".to_owned())];
    pairs[3].said = vec![Said::Unreadable("no number".to_owned())];
    let answers = Answers::new("a judge", &pairs, &kinds);
    assert_eq!(answers.counts(""), Counts { asked: 7, answered: 5, unreadable: 1, null: 1 });
    // Neighbours of what is missing are not compared, and the others are.
    assert_eq!(answers.kind(kinds[0]).order.share(), Share { so: 1, of: 1 });
    assert_eq!(answers.swap_difference(OVERALL), (Some(0.0), 1));
    assert_eq!(answers.flips().of, 0);
}

#[test]
fn repeated_answers_are_held_against_each_other() {
    let said = vec![all(4.0), all(5.0), all(6.0), Said::Null("nobody answers".to_owned())];
    let pairs = vec![judged("a", Subject::Ladder("recolour", 2), said)];
    let answers = Answers::new("a judge", &pairs, &[]);
    assert_eq!(answers.repeats(OVERALL), (Some(1.0), Share { so: 2, of: 3 }, 1));
}

#[test]
fn pages_are_spread_evenly_over_a_suite() {
    let suite = suite::open("pages", None).unwrap();
    let of = |most| some_pages(suite.clone(), most).tasks.len();
    let all = suite.tasks.len();
    assert_eq!([of(0), of(1), of(3), of(all), of(1_000)], [1, 1, 3, all, all]);
}

#[test]
fn arguments_name_a_judge_and_what_exists() {
    let parse = |words: &[&str]| Arguments::parse(words).map(drop).unwrap_err().to_string();
    assert!(parse(&[]).contains("no judge is named"));
    assert!(parse(&["--judge", "local", "--kinds", "melt"]).contains("no degradation `melt`"));
    assert!(parse(&["--judge", "local", "--pages", "all"]).contains("no number for `--pages`"));
    assert!(parse(&["--judge"]).contains("lacks a value"));
    assert_eq!(file_name("openai:GPT-x/2"), "openai-gpt-x-2");
}

/// Two pages, one kind of harm, the stand-in and the local judge, in a real browser.
#[tokio::test(flavor = "multi_thread")]
async fn a_small_examination_finds_both_ends_of_the_scale_and_repeats() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = Arguments {
        pages: 2,
        kinds: kind("recolour"),
        run: folder.path().join("run"),
        ..Arguments::of_judge("fake:judge")
    };
    let pool = start_pool().await.unwrap();
    let tables = examine(&arguments, &pool).await.unwrap();
    let rows: Vec<Vec<&str>> =
        tables.pairs.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let values = |judge: &str, pair: &str| -> Vec<Values> {
        let found = rows.iter().filter(|row| row[0] == judge && row[2] == pair);
        found
            .map(|row| std::array::from_fn(|column| row[7 + column].parse().expect("a number")))
            .collect()
    };
    for judge in ["local", "fake:judge"] {
        assert_eq!(values(judge, "identical"), vec![[10.0; COLUMNS.len()]; 2], "{judge}");
        assert_eq!(values(judge, "swapped").len(), 4, "{judge}");
    }
    assert_eq!(values("local", "blank"), vec![[0.0; COLUMNS.len()]; 2]);
    // 3 pairs, 4 steps of which one is asked three times, 2 in the other position; on two pages.
    assert!(
        tables.summary.contains("| fake:judge | all | 22 | 22 | 0 | 0 |"),
        "{}",
        tables.summary
    );
    assert!(tables.summary.contains("| local | all | 18 | 18 | 0 | 0 |"));
    assert!(tables.summary.contains("| overall | 10.00 | 2/2 | 10.00 | 2/2 |"));
    assert!(tables.summary.contains("answered, tries included"));

    // From the answers that the run kept, the same bytes.
    let again = examine(&arguments, &pool).await.unwrap();
    assert_eq!((again.summary, again.pairs), (tables.summary, tables.pairs));
}
