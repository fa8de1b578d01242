//! What a judge is worth, from what it said of pairs whose truth is known. Numbers only; what has no
//! answer is counted and left out.

use std::collections::BTreeMap;

use pageloom_schema::rank::spearman;
use pageloom_schema::statistics::mean;

use super::pairs::{Judged, SWAPPED, Said, Subject, Values};
use crate::metric_agreement::{COLUMNS, Degradation, STRENGTHS};

/// The column of the sum.
pub(super) const OVERALL: usize = COLUMNS.len() - 1;
/// A smaller difference is rounding.
const SLACK: f64 = 1e-9;
/// Two answers that are this near agree.
const NEAR: f64 = 1.0;

/// How often something was so, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) so: usize,
    pub(super) of: usize,
}

impl Share {
    fn count(&mut self, so: bool) {
        self.so += usize::from(so);
        self.of += 1;
    }

    pub(super) fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.so as f64 / self.of as f64)
    }
}

/// What became of the questions about some pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) asked: usize,
    pub(super) answered: usize,
    pub(super) unreadable: usize,
    pub(super) null: usize,
}

/// The order in which a judge puts something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) right: usize,
    pub(super) tied: usize,
    pub(super) of: usize,
}

impl Order {
    pub(super) fn share(self) -> Share {
        Share { so: self.right, of: self.of }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.right += other.right;
        self.tied += other.tied;
        self.of += other.of;
    }
}

/// Candidates of two strengths, shown in both positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flips {
    /// The better one in one position is the worse one in the other.
    pub(super) flipped: usize,
    /// Equal in one of the positions alone.
    pub(super) tied: usize,
    pub(super) of: usize,
}

/// One judge's answers about one kind of harm.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Neighbouring steps by the sum.
    pub(super) order: Order,
    /// Neighbouring steps by the mean of the criteria that the harm is about.
    pub(super) own_order: Order,
    /// Spearman's coefficient of strength and sum for each page where the sum varies.
    pub(super) coefficients: Vec<f64>,
    /// Pages with enough answers for a coefficient.
    pub(super) ladders: usize,
    /// How far each column falls from no harm to the strongest, on average, and over how many pages.
    pub(super) falls: [Option<f64>; COLUMNS.len()],
    pub(super) pages: usize,
}

/// All answers of one judge.
pub(super) struct Answers<'a> {
    pub(super) judge: &'a str,
    pub(super) pairs: &'a [Judged],
    kinds: &'a [&'static Degradation],
}

impl<'a> Answers<'a> {
    pub(super) fn new(
        judge: &'a str,
        pairs: &'a [Judged],
        kinds: &'a [&'static Degradation],
    ) -> Self {
        Self { judge, pairs, kinds }
    }

    /// What became of the questions about pairs of a name; of all where it is empty.
    pub(super) fn counts(&self, name: &str) -> Counts {
        let mut counts = Counts::default();
        let pairs = self.pairs.iter().filter(|p| name.is_empty() || p.subject.name() == name);
        for said in pairs.flat_map(|pair| &pair.said) {
            counts.asked += 1;
            match said {
                Said::Values(_) => counts.answered += 1,
                Said::Unreadable(_) => counts.unreadable += 1,
                Said::Null(_) => counts.null += 1,
            }
        }
        counts
    }

    /// The first answers about one pair, over all pages.
    pub(super) fn first(&self, subject: Subject) -> Vec<&Values> {
        let pairs = self.pairs.iter().filter(|pair| pair.subject == subject);
        pairs.filter_map(first).collect()
    }

    /// Mean of a column over the pages, and how often it is exactly `truth`.
    pub(super) fn against(
        &self,
        subject: Subject,
        column: usize,
        truth: f64,
    ) -> (Option<f64>, Share) {
        let values: Vec<f64> = self.first(subject).iter().map(|values| values[column]).collect();
        let so = values.iter().filter(|value| (**value - truth).abs() < SLACK).count();
        (mean(&values), Share { so, of: values.len() })
    }

    /// The first answers by page and pair.
    fn by_page(&self) -> BTreeMap<&str, Vec<(Subject, &Values)>> {
        let mut pages: BTreeMap<&str, Vec<(Subject, &Values)>> = BTreeMap::new();
        for pair in self.pairs {
            if let Some(values) = first(pair) {
                pages.entry(&pair.page).or_default().push((pair.subject, values));
            }
        }
        pages
    }

    /// Mean absolute difference of a column between both positions, and over how many pairs.
    pub(super) fn swap_difference(&self, column: usize) -> (Option<f64>, usize) {
        let mut apart = Vec::new();
        for said in self.by_page().values() {
            for kind in self.kinds {
                for strength in SWAPPED {
                    let there = find(said, Subject::Ladder(kind.name, strength));
                    let back = find(said, Subject::Swapped(kind.name, strength));
                    apart.extend(there.zip(back).map(|(a, b)| (a[column] - b[column]).abs()));
                }
            }
        }
        (mean(&apart), apart.len())
    }

    /// How the order of two candidates of one kind fares when they take the reference's place.
    pub(super) fn flips(&self) -> Flips {
        let mut flips = Flips::default();
        let [weak, strong] = SWAPPED;
        for said in self.by_page().values() {
            for kind in self.kinds {
                let sign = |subject: fn(&'static str, u8) -> Subject| {
                    let weak = find(said, subject(kind.name, weak))?[OVERALL];
                    let strong = find(said, subject(kind.name, strong))?[OVERALL];
                    Some(i32::from(weak > strong + SLACK) - i32::from(strong > weak + SLACK))
                };
                if let Some((there, back)) = sign(Subject::Ladder).zip(sign(Subject::Swapped)) {
                    flips.of += 1;
                    flips.flipped += usize::from(there * back < 0);
                    flips.tied += usize::from((there == 0) != (back == 0));
                }
            }
        }
        flips
    }

    /// What the judge makes of one kind of harm.
    pub(super) fn kind(&self, kind: &'static Degradation) -> Kind {
        let own: Vec<usize> = columns_of(kind).collect();
        let (mut order, mut own_order) = (Order::default(), Order::default());
        let (mut coefficients, mut ladders, mut falls) = (Vec::new(), 0, Vec::new());
        for said in self.by_page().values() {
            let steps: Vec<Option<&Values>> = std::iter::once(find(said, Subject::Identical))
                .chain(STRENGTHS.map(|strength| find(said, Subject::Ladder(kind.name, strength))))
                .collect();
            order.add(neighbours(&steps, |values| values[OVERALL]));
            own_order.add(neighbours(&steps, |values| {
                own.iter().map(|column| values[*column]).sum::<f64>()
            }));
            let ladder: Vec<(f64, f64)> = steps
                .iter()
                .enumerate()
                .filter_map(|(strength, said)| Some((strength as f64, (*said)?[OVERALL])))
                .collect();
            coefficients.extend(spearman(&ladder));
            ladders += usize::from(ladder.len() > 2);
            if let (Some(Some(none)), Some(Some(most))) = (steps.first(), steps.last()) {
                let mut fall = **none;
                fall.iter_mut().zip(most.iter()).for_each(|(none, most)| *none -= most);
                falls.push(fall);
            }
        }
        let mut mean_falls = [None; COLUMNS.len()];
        for (column, fall) in mean_falls.iter_mut().enumerate() {
            *fall = mean(&falls.iter().map(|fall| fall[column]).collect::<Vec<f64>>());
        }
        Kind {
            name: kind.name,
            order,
            own_order,
            coefficients,
            ladders,
            falls: mean_falls,
            pages: falls.len(),
        }
    }

    /// Mean standard deviation of a column's repeated answers, how often two of them agree within
    /// one point, and over how many pairs of pages.
    pub(super) fn repeats(&self, column: usize) -> (Option<f64>, Share, usize) {
        let (mut deviations, mut agree) = (Vec::new(), Share::default());
        for pair in self.pairs {
            let values: Vec<f64> =
                pair.said.iter().filter_map(Said::values).map(|values| values[column]).collect();
            let (2.., Some(middle)) = (values.len(), mean(&values)) else { continue };
            let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
            deviations.push((squares / (values.len() - 1) as f64).sqrt());
            for (index, one) in values.iter().enumerate() {
                values[..index].iter().for_each(|two| agree.count((one - two).abs() <= NEAR));
            }
        }
        (mean(&deviations), agree, deviations.len())
    }

    /// A column of both judges over all pairs that both have judged.
    pub(super) fn beside(&self, other: &Self, column: usize) -> Vec<(f64, f64)> {
        let pages = other.by_page();
        let mut both = Vec::new();
        for pair in self.pairs {
            let theirs = pages.get(pair.page.as_str()).and_then(|said| find(said, pair.subject));
            both.extend(first(pair).zip(theirs).map(|(a, b)| (a[column], b[column])));
        }
        both
    }
}

/// The columns of the criteria that a harm is about.
pub(super) fn columns_of(kind: &Degradation) -> impl Iterator<Item = usize> {
    (0..OVERALL).filter(|column| kind.own.contains(&COLUMNS[*column].0))
}

fn first(pair: &Judged) -> Option<&Values> {
    pair.said.first().and_then(Said::values)
}

fn find<'a>(said: &[(Subject, &'a Values)], subject: Subject) -> Option<&'a Values> {
    said.iter().find(|(other, _)| *other == subject).map(|(_, values)| *values)
}

/// Neighbouring steps that fall, as more harm should.
fn neighbours(steps: &[Option<&Values>], value: impl Fn(&Values) -> f64) -> Order {
    let mut order = Order::default();
    for pair in steps.windows(2) {
        if let [Some(less), Some(more)] = pair {
            let fall = value(less) - value(more);
            order.of += 1;
            order.right += usize::from(fall > SLACK);
            order.tied += usize::from(fall.abs() <= SLACK);
        }
    }
    order
}
