//! The figures of WebGen-Bench (arXiv 2505.03733), as values and arithmetic: what came of each test of
//! each site, and what that makes of a whole run.
//!
//! | figure | formula |
//! |---|---|
//! | FSR, functional success rate | (yes + 0.5 · partial) / tests, in percent; a site that does not start fails all of its tests |
//! | AAS, appearance | mean grade over all tasks, 0..5; a site that shows nothing has 0 |
//! | VRR, valid render ratio | sites that show something / all tasks, in percent |
//!
//! Every figure stands beside its denominators: the published ones vary, and cannot be told apart from
//! the figure alone. What could not be judged for a fault of ours is in no denominator, and counted.

use std::collections::BTreeMap;

/// What came of one test of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// The site does what the test asks for.
    Yes,
    /// It does some of it.
    Partial,
    /// It does not.
    No,
    /// The site never started.
    NotStarted,
    /// The tester could not be asked, or broke: nobody knows.
    Unknown,
}

/// A test of a site, by its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its primary category, such as `Functional Testing`.
    pub category: String,
    /// What came of it.
    pub result: CaseResult,
}

/// How a site looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Appearance {
    /// The judge's grade, `0.0..=5.0`.
    Graded(f64),
    /// There was nothing to grade: it counts 0.
    Nothing,
    /// The judge could not be asked, or not be read: nobody knows.
    Unknown,
}

/// What became of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The task's primary category, such as `Data Management`.
    pub category: String,
    /// The answer is in the form that was asked for.
    pub complied: bool,
    /// It could be built and started.
    pub built: bool,
    /// It shows something.
    pub rendered: bool,
    /// How it looks.
    pub appearance: Appearance,
    /// Its tests, all of them, whether they were carried out or not.
    pub cases: Vec<Case>,
}

/// How many tests came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseCounts {
    /// The site does what was asked for.
    pub yes: usize,
    /// Some of it.
    pub partial: usize,
    /// None of it.
    pub no: usize,
    /// The site never started.
    pub not_started: usize,
    /// Nobody knows; in no denominator.
    pub unknown: usize,
}

/// How many sites got how far. Each is at most the one before, apart from `complied`, as a site may be
/// built from an answer in another form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiteCounts {
    /// Tasks there are.
    pub attempted: usize,
    /// Answered in the form that was asked for.
    pub complied: usize,
    /// Built and started.
    pub built: usize,
    /// Showing something.
    pub rendered: usize,
    /// With a grade for how they look.
    pub judged: usize,
    /// That should have had one, and nobody knows; not in the mean of grades.
    pub unknown: usize,
}

/// The figures of some tasks, with their denominators.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Functional success rate in percent; absent without a test that was decided.
    pub success_rate: Option<f64>,
    /// Mean grade for looks, `0.0..=5.0`; absent without a task whose grade is known.
    pub appearance: Option<f64>,
    /// Valid render ratio in percent; absent without tasks.
    pub render_ratio: Option<f64>,
    /// The tests.
    pub cases: CaseCounts,
    /// The sites.
    pub sites: SiteCounts,
}

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Of all tasks.
    pub whole: Figures,
    /// By the task's primary category.
    pub by_category: BTreeMap<String, Figures>,
    /// By the test's primary category: only the tests, each with its success rate.
    pub by_test_category: BTreeMap<String, (Option<f64>, CaseCounts)>,
}

impl Report {
    /// The figures of a run's tasks.
    #[must_use]
    pub fn of(sites: &[Site]) -> Self {
        let mut by_category: BTreeMap<String, Vec<&Site>> = BTreeMap::new();
        let mut tests: BTreeMap<String, CaseCounts> = BTreeMap::new();
        for site in sites {
            by_category.entry(site.category.clone()).or_default().push(site);
            for case in &site.cases {
                tests.entry(case.category.clone()).or_default().add(case.result);
            }
        }
        let figures = |(category, sites): (String, Vec<&Site>)| (category, Figures::of(&sites));
        Self {
            whole: Figures::of(&sites.iter().collect::<Vec<_>>()),
            by_category: by_category.into_iter().map(figures).collect(),
            by_test_category: tests
                .into_iter()
                .map(|(category, counts)| (category, (counts.success_rate(), counts)))
                .collect(),
        }
    }
}

impl Figures {
    /// The figures of some tasks.
    #[must_use]
    pub fn of(sites: &[&Site]) -> Self {
        let mut figures = Self::default();
        let mut grades = 0.0;
        for site in sites {
            let counts = &mut figures.sites;
            counts.attempted += 1;
            counts.complied += usize::from(site.complied);
            counts.built += usize::from(site.built);
            counts.rendered += usize::from(site.rendered);
            match site.appearance {
                Appearance::Graded(grade) => {
                    counts.judged += 1;
                    grades += if grade.is_finite() { grade.clamp(0.0, 5.0) } else { 0.0 };
                }
                Appearance::Nothing => {}
                Appearance::Unknown => counts.unknown += 1,
            }
            site.cases.iter().for_each(|case| figures.cases.add(case.result));
        }
        let counts = figures.sites;
        let share = |part: f64, of: usize| (of > 0).then(|| part / of as f64);
        figures.success_rate = figures.cases.success_rate();
        figures.appearance = share(grades, counts.attempted - counts.unknown);
        figures.render_ratio = share(100.0 * counts.rendered as f64, counts.attempted);
        figures
    }
}

impl CaseCounts {
    fn add(&mut self, result: CaseResult) {
        match result {
            CaseResult::Yes => self.yes += 1,
            CaseResult::Partial => self.partial += 1,
            CaseResult::No => self.no += 1,
            CaseResult::NotStarted => self.not_started += 1,
            CaseResult::Unknown => self.unknown += 1,
        }
    }

    /// Tests whose result is known: the denominator of the success rate.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.yes + self.partial + self.no + self.not_started
    }

    /// Functional success rate in percent; absent when nothing is known.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let decided = self.decided();
        let percent = |count: usize| 100.0 * count as f64 / decided as f64;
        (decided > 0).then(|| accuracy(percent(self.yes), percent(self.partial)))
    }
}

/// The published accuracy from the shares of YES and PARTIAL, on one scale.
#[must_use]
pub fn accuracy(yes: f64, partial: f64) -> f64 {
    yes + 0.5 * partial
}
