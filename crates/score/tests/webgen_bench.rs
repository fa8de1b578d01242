//! WebGen-Bench's arithmetic: the published table, and what counts in which denominator.
#![allow(clippy::unwrap_used, missing_docs)]

use pageloom_score::webgen_bench::{
    Appearance, Case, CaseCounts, CaseResult, Report, Site, accuracy,
};

/// System, YES, PARTIAL, NO, not started and accuracy of the published table (arXiv 2505.03733), in
/// percent.
const PUBLISHED: [(&str, [f64; 5]); 10] = [
    ("Bolt.diy Claude-3.5-Sonnet", [22.6, 7.6, 64.1, 5.7, 26.4]),
    ("Bolt.diy DeepSeek-R1", [24.7, 6.2, 64.3, 4.8, 27.8]),
    ("Bolt.diy DeepSeek-V3", [18.5, 4.5, 73.9, 3.1, 20.8]),
    ("Bolt.diy GPT-4o", [10.4, 4.8, 64.5, 20.4, 12.8]),
    ("Bolt.diy o3-mini", [17.9, 3.4, 40.0, 38.6, 19.6]),
    ("Bolt.diy Qwen2.5-Coder-32B", [8.2, 2.6, 81.8, 7.4, 9.5]),
    ("Bolt.diy Qwen2.5-72B-Instruct", [12.1, 3.6, 80.7, 3.7, 13.8]),
    ("Bolt.diy WebGen-LM-7B", [24.9, 7.1, 68.0, 0.0, 28.4]),
    ("Bolt.diy WebGen-LM-14B", [25.0, 8.7, 66.3, 0.0, 29.4]),
    ("Bolt.diy WebGen-LM-32B", [34.2, 8.0, 57.8, 0.0, 38.2]),
];

#[test]
fn every_published_row_recomputes() {
    let (mut farthest, mut farthest_whole) = (0.0_f64, 0.0_f64);
    for (system, [yes, partial, no, not_started, published]) in PUBLISHED {
        let off = (accuracy(yes, partial) - published).abs();
        // Each of the three is rounded to a tenth: half of one, and a quarter, and half again.
        assert!(off <= 0.125 + 1e-9, "{system}: {off}");
        farthest = farthest.max(off);
        farthest_whole = farthest_whole.max((yes + partial + no + not_started - 100.0).abs());
        // The same from counts of the 647 tests, as a run has them.
        let count = |percent: f64| (percent * 6.47).round() as usize;
        let counts = CaseCounts {
            yes: count(yes),
            partial: count(partial),
            no: 647 - count(yes) - count(partial) - count(not_started),
            not_started: count(not_started),
            unknown: 0,
        };
        assert_eq!(counts.decided(), 647);
        let rate = counts.success_rate().unwrap();
        assert!((rate - published).abs() <= 0.125, "{system}: {rate}");
    }
    assert!(farthest_whole <= 0.2, "{farthest_whole}");
    println!("farthest from a published row: {farthest:.4}");
}

fn case(category: &str, result: CaseResult) -> Case {
    Case { category: category.to_owned(), result }
}

fn sites() -> Vec<Site> {
    let (function, display) = ("Functional Testing", "Data Display Testing");
    vec![
        Site {
            category: "Content Presentation".to_owned(),
            complied: true,
            built: true,
            rendered: true,
            appearance: Appearance::Graded(4.0),
            cases: vec![case(function, CaseResult::Yes), case(display, CaseResult::Partial)],
        },
        Site {
            category: "User Interaction".to_owned(),
            complied: true,
            built: false,
            rendered: false,
            appearance: Appearance::Nothing,
            cases: vec![case(function, CaseResult::NotStarted); 2],
        },
        Site {
            category: "User Interaction".to_owned(),
            complied: false,
            built: true,
            rendered: true,
            appearance: Appearance::Unknown,
            cases: vec![case(function, CaseResult::Unknown), case(display, CaseResult::No)],
        },
    ]
}

#[test]
fn failures_count_nothing_and_what_nobody_knows_counts_nowhere() {
    let report = Report::of(&sites());
    let whole = report.whole;
    assert_eq!(whole.success_rate, Some(30.0));
    assert_eq!(whole.appearance, Some(2.0));
    assert!((whole.render_ratio.unwrap() - 66.666_667).abs() < 1e-5);
    assert_eq!((whole.cases.decided(), whole.cases.unknown), (5, 1));
    let sites = whole.sites;
    assert_eq!((sites.attempted, sites.complied, sites.built), (3, 2, 2));
    assert_eq!((sites.rendered, sites.judged, sites.unknown), (2, 1, 1));
}

#[test]
fn categories_of_tasks_and_of_tests_are_told_apart() {
    let report = Report::of(&sites());
    let names: Vec<&str> = report.by_category.keys().map(String::as_str).collect();
    assert_eq!(names, ["Content Presentation", "User Interaction"]);
    assert_eq!(report.by_category["Content Presentation"].success_rate, Some(75.0));
    assert_eq!(report.by_category["User Interaction"].appearance, Some(0.0));
    assert_eq!(report.by_category["User Interaction"].sites.attempted, 2);
    let (rate, counts) = report.by_test_category["Functional Testing"];
    assert!((rate.unwrap() - 33.333_333).abs() < 1e-5);
    assert_eq!((counts.yes, counts.not_started, counts.unknown), (1, 2, 1));
    assert_eq!(report.by_test_category["Data Display Testing"].0, Some(25.0));
}

#[test]
fn nothing_has_no_figures() {
    let report = Report::of(&[]);
    assert_eq!(report, Report::default());
    assert_eq!((report.whole.success_rate, report.whole.render_ratio), (None, None));
}

#[test]
fn all_tests_of_sites_that_never_start_make_zero() {
    let counts = CaseCounts { not_started: 647, ..CaseCounts::default() };
    assert_eq!(counts.success_rate(), Some(0.0));
}
