//! The pairs whose truth is known: [`subjects`] lists them for one page, [`Pages`] renders their
//! sides once and holds them against each other with the local judge.

use std::sync::Arc;

use anyhow::Context as _;
use pageloom_browser::Pool;
use pageloom_schema::{Capture, RenderPolicy, Site, Task};
use pageloom_score::{PreparedPage, prepare, score_pair};

use crate::metric_agreement::{COLUMNS, Degradation, STRENGTHS, capture, row};

/// The ten criteria and their sum, in the order of [`COLUMNS`].
pub(super) type Values = [f64; COLUMNS.len()];

/// The strengths that are also shown in the other position: two candidates of each kind.
pub(super) const SWAPPED: [u8; 2] = [2, 4];
/// The strength whose pairs are asked repeatedly: harm that is neither nothing nor all.
const REPEATED: u8 = 2;
/// A page with nothing on it.
const EMPTY: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title></title></head><body></body></html>";

/// What is held against what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The reference against itself.
    Identical,
    /// The reference against an empty page.
    Blank,
    /// An empty page against an empty page.
    BothBlank,
    /// The reference against a harmed page.
    Ladder(&'static str, u8),
    /// A harmed page in the place of the reference, against the reference.
    Swapped(&'static str, u8),
}

impl Subject {
    /// What the table calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Blank => "blank",
            Self::BothBlank => "both blank",
            Self::Ladder(..) => "ladder",
            Self::Swapped(..) => "swapped",
        }
    }

    /// Kind and strength of the harm, where there is any.
    pub(super) fn harm(self) -> Option<(&'static str, u8)> {
        match self {
            Self::Ladder(kind, strength) | Self::Swapped(kind, strength) => Some((kind, strength)),
            Self::Identical | Self::Blank | Self::BothBlank => None,
        }
    }

    /// How many answers are asked for.
    pub(super) fn draws(self, repeat: u32) -> u32 {
        match self {
            Self::Ladder(_, REPEATED) => repeat,
            _ => 1,
        }
    }
}

/// The pairs of one page.
pub(super) fn subjects(kinds: &[&'static Degradation]) -> Vec<Subject> {
    let mut subjects = vec![Subject::Identical, Subject::Blank, Subject::BothBlank];
    for kind in kinds {
        subjects.extend(STRENGTHS.map(|strength| Subject::Ladder(kind.name, strength)));
        subjects.extend(SWAPPED.map(|strength| Subject::Swapped(kind.name, strength)));
    }
    subjects
}

/// What a judge said of one pair once. An answer without values is never a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    Values(Values),
    /// It answered, and the answer could not be read.
    Unreadable(String),
    /// There is no answer, through no fault of the pages.
    Null(String),
}

impl Said {
    pub(super) fn values(&self) -> Option<&Values> {
        match self {
            Self::Values(values) => Some(values),
            Self::Unreadable(_) | Self::Null(_) => None,
        }
    }
}

/// What a judge said of one pair, each time it was asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    pub(super) page: String,
    pub(super) subject: Subject,
    pub(super) said: Vec<Said>,
}

/// The rendered sides of all pairs of one page.
pub(super) struct Pages {
    reference: Arc<Capture>,
    empty: Arc<Capture>,
    harmed: Vec<(&'static str, u8, Arc<Capture>)>,
}

impl Pages {
    /// Renders every side once, and has the local judge compare the pairs while it goes.
    pub(super) async fn render(
        pool: &Arc<Pool>,
        task: &Arc<Task>,
        kinds: &[&'static Degradation],
    ) -> anyhow::Result<(Self, Vec<Judged>)> {
        let reference = Arc::new(capture(pool, task, "", 0).await?);
        let prepared = Arc::new(prepare(&reference)?);
        let (site, policy) = (Arc::new(Site::from_html(EMPTY)), RenderPolicy::default());
        let empty = pool.render(&site, task.viewport, &policy).await;
        let empty = Arc::new(empty.with_context(|| format!("{}: empty page", task.id))?);
        let nothing = prepare(&empty)?;
        let compare = |a: &PreparedPage, b: &PreparedPage| row(&score_pair(a, b));
        let mut local = vec![
            (Subject::Identical, compare(&prepared, &prepared)),
            (Subject::Blank, compare(&prepared, &nothing)),
            (Subject::BothBlank, compare(&nothing, &nothing)),
        ];
        let mut running = Vec::new();
        for kind in kinds {
            for strength in STRENGTHS {
                let (pool, task) = (Arc::clone(pool), Arc::clone(task));
                let (prepared, kind) = (Arc::clone(&prepared), kind.name);
                running.push(tokio::spawn(async move {
                    let capture = capture(&pool, &task, kind, strength).await?;
                    let harmed = prepare(&capture)?;
                    let there = compare(&prepared, &harmed);
                    let back = SWAPPED.contains(&strength).then(|| compare(&harmed, &prepared));
                    anyhow::Ok((kind, strength, Arc::new(capture), there, back))
                }));
            }
        }
        let mut harmed = Vec::new();
        for job in running {
            let (kind, strength, capture, there, back) = job.await??;
            local.push((Subject::Ladder(kind, strength), there));
            local.extend(back.map(|back| (Subject::Swapped(kind, strength), back)));
            harmed.push((kind, strength, capture));
        }
        let page = task.id.to_string();
        let said = |(subject, values)| Judged {
            page: page.clone(),
            subject,
            said: vec![Said::Values(values)],
        };
        Ok((Self { reference, empty, harmed }, local.into_iter().map(said).collect()))
    }

    /// Both sides of a pair, the one in the place of the reference first.
    pub(super) fn sides(&self, subject: Subject) -> Option<[Arc<Capture>; 2]> {
        let (reference, empty) = (&self.reference, &self.empty);
        let [a, b] = match subject {
            Subject::Identical => [reference, reference],
            Subject::Blank => [reference, empty],
            Subject::BothBlank => [empty, empty],
            Subject::Ladder(kind, strength) => [reference, self.harmed(kind, strength)?],
            Subject::Swapped(kind, strength) => [self.harmed(kind, strength)?, reference],
        };
        Some([Arc::clone(a), Arc::clone(b)])
    }

    fn harmed(&self, kind: &str, strength: u8) -> Option<&Arc<Capture>> {
        let found = self.harmed.iter().find(|(k, s, _)| (*k, *s) == (kind, strength));
        found.map(|(.., capture)| capture)
    }
}
