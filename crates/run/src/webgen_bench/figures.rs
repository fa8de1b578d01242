//! What a run of websites comes to: the values of one site, and the figures of all of them. Those of
//! tests are formed over tests and not over sites; those of sites are the means of the sites' values.

use std::collections::BTreeMap;

use pageloom_schema::{MetricSummary, SampleResult, Score, Scores, TestTrace, TestVerdict};
use pageloom_score::webgen_bench::{Appearance, Case, CaseResult, Figures, Report, Site};

const VERSION: u32 = 1;

/// How far a site came. What is absent is not known, for something of ours failed before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    /// The answer is in the form that was asked for.
    pub(super) complied: Option<bool>,
    /// It was built.
    pub(super) built: Option<bool>,
    /// It shows something.
    pub(super) rendered: Option<bool>,
    /// The judge's grade, 0..=5, where one was asked.
    pub(super) appearance: Option<f64>,
    /// A judge was asked, or would have been.
    pub(super) is_judged: bool,
}

impl Course {
    /// The site is at fault: what it did not come to, it fails.
    pub(super) fn ends_here(&mut self) {
        for stage in [&mut self.complied, &mut self.built, &mut self.rendered] {
            stage.get_or_insert(false);
        }
    }
}

/// The values of one site. A figure of which a part is not known has no value.
pub(super) fn scores(course: &Course, tests: &[TestTrace]) -> Scores {
    let cases = cases(tests);
    let counts = Figures::of(&[&site(course, cases)]).cases;
    let mut tried = format!(
        "{} yes, {} partial, {} no, {} not started of {} tests",
        counts.yes,
        counts.partial,
        counts.no,
        counts.not_started,
        tests.len()
    );
    if counts.unknown > 0 {
        tried += &format!("; {} could not be decided", counts.unknown);
    }
    let rate = counts.success_rate().filter(|_| counts.unknown == 0);
    let (grade, looks) = match (course.is_judged, course.appearance, course.rendered) {
        (false, ..) => (None, "no vision judge was asked"),
        (true, Some(grade), _) => (Some(grade), "the judge's grade"),
        (true, None, Some(false)) => (Some(0.0), "there was nothing to be graded"),
        (true, None, _) => (None, "there is no grade through no fault of the site's"),
    };
    let is_graded = course.appearance.is_some();
    let judged = flag(grade.map(|_| is_graded));
    Scores {
        scores: vec![
            score("fsr", share(rate), 1.0, &tried),
            score("aas", grade, 5.0, looks),
            score("vrr", flag(course.rendered), 1.0, "whether the site shows something"),
            score("site.complied", flag(course.complied), 1.0, "whether it passes every check"),
            score("site.built", flag(course.built), 1.0, "whether it could be built"),
            score("site.judged", judged, 1.0, "whether a judge graded its look"),
        ],
        blocks: Vec::new(),
    }
}

fn flag(is: Option<bool>) -> Option<f64> {
    is.map(|is| f64::from(u8::from(is)))
}

fn site(course: &Course, cases: Vec<Case>) -> Site {
    Site {
        category: String::new(),
        complied: course.complied == Some(true),
        built: course.built == Some(true),
        rendered: course.rendered == Some(true),
        appearance: Appearance::Unknown,
        cases,
    }
}

fn score(metric: &str, value: Option<f64>, high: f64, explanation: &str) -> Score {
    Score {
        metric: metric.to_owned(),
        version: VERSION,
        value,
        range: [0.0, high],
        explanation: explanation.to_owned(),
        evidence: Vec::new(),
    }
}

fn cases(tests: &[TestTrace]) -> Vec<Case> {
    let case = |test: &TestTrace| Case {
        category: test.case.category.clone(),
        result: match test.verdict {
            Some(TestVerdict::Yes) => CaseResult::Yes,
            Some(TestVerdict::Partial) => CaseResult::Partial,
            Some(TestVerdict::No) => CaseResult::No,
            Some(TestVerdict::NotStarted) => CaseResult::NotStarted,
            None => CaseResult::Unknown,
        },
    };
    tests.iter().map(case).collect()
}

/// The figures of a run in place of means over its sites: over tests where they are of tests, with a
/// line for each category. `n` is the denominator of each: tests that were decided, or sites of which
/// it is known.
pub(crate) fn summarised<'a>(
    results: impl Iterator<Item = &'a SampleResult>,
) -> BTreeMap<String, MetricSummary> {
    let sites: Vec<Site> = results.map(site_of).collect();
    let report = Report::of(&sites);
    let line = |mean: Option<f64>, n: usize| MetricSummary {
        mean,
        ci95: None,
        n: u32::try_from(n).unwrap_or(u32::MAX),
    };
    let counts = report.whole.cases;
    let decided = counts.decided();
    let mut lines =
        BTreeMap::from([("fsr".to_owned(), line(share(report.whole.success_rate), decided))]);
    let all = decided + counts.unknown;
    for (name, count, of) in [
        ("yes", counts.yes, decided),
        ("partial", counts.partial, decided),
        ("no", counts.no, decided),
        ("not_started", counts.not_started, decided),
        ("undecided", counts.unknown, all),
    ] {
        let part = (of > 0).then(|| 100.0 * count as f64 / of as f64);
        lines.insert(format!("tests.{name}"), line(share(part), of));
    }
    for (category, (rate, counts)) in &report.by_test_category {
        lines.insert(format!("fsr.test.{}", slug(category)), line(share(*rate), counts.decided()));
    }
    for (category, figures) in &report.by_category {
        let of = line(share(figures.success_rate), figures.cases.decided());
        lines.insert(format!("fsr.task.{}", slug(category)), of);
    }
    lines
}

fn site_of(result: &SampleResult) -> Site {
    let is = |metric: &str| result.scores.value(metric) == Some(1.0);
    Site {
        category: result.category.clone(),
        complied: is("site.complied"),
        built: is("site.built"),
        rendered: is("vrr"),
        // The mean of grades, as of all flags, is that of the sites' own values.
        appearance: Appearance::Unknown,
        cases: cases(&result.tests),
    }
}

/// Percent as a share, as other rates are kept.
fn share(percent: Option<f64>) -> Option<f64> {
    percent.map(|percent| (percent * 1e4).round() / 1e6)
}

/// A category as a part of a metric's name.
fn slug(category: &str) -> String {
    let name: String = category
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    if name.is_empty() { "none".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use pageloom_schema::TestCase;

    use super::*;

    fn test(verdict: Option<TestVerdict>) -> TestTrace {
        let case = TestCase {
            task: "Try it.".into(),
            expected_result: "It works.".into(),
            category: "Functional Testing".into(),
        };
        TestTrace { case, verdict, reason: String::new(), moves: Vec::new() }
    }

    fn values(course: &Course, verdicts: &[Option<TestVerdict>]) -> Vec<Option<f64>> {
        let tests: Vec<TestTrace> = verdicts.iter().copied().map(test).collect();
        scores(course, &tests).scores.into_iter().map(|score| score.value).collect()
    }

    #[test]
    fn a_site_is_worth_its_tests_its_grade_and_how_far_it_came() {
        let yes = Some(true);
        let course = Course {
            complied: yes,
            built: yes,
            rendered: yes,
            appearance: Some(3.5),
            is_judged: true,
        };
        let verdicts = [TestVerdict::Yes, TestVerdict::Partial, TestVerdict::No].map(Some);
        let one = Some(1.0);
        assert_eq!(values(&course, &verdicts), [Some(0.5), Some(3.5), one, one, one, one]);
    }

    #[test]
    fn what_a_site_at_fault_did_not_come_to_it_fails() {
        let mut course = Course { complied: Some(true), is_judged: true, ..Course::default() };
        course.ends_here();
        let (zero, verdicts) = (Some(0.0), [Some(TestVerdict::NotStarted); 2]);
        assert_eq!(values(&course, &verdicts), [zero, zero, zero, Some(1.0), zero, zero]);
        course.is_judged = false;
        assert_eq!(values(&course, &verdicts), [zero, None, zero, Some(1.0), zero, None]);
    }

    #[test]
    fn what_is_not_known_is_no_number() {
        let course = Course { built: Some(true), is_judged: true, ..Course::default() };
        let verdicts = [Some(TestVerdict::Yes), None];
        assert_eq!(values(&course, &verdicts), [None, None, None, None, Some(1.0), None]);
    }
}
