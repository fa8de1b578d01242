//! What the controls, fields and forms of a page do when they are used as a visitor uses them: with
//! input events that the browser itself makes, on the page's virtual clock, in a fixed order.
//!
//! [`Found`] gathers the results and outlives the page: what was found out before a page broke stays.
//! [`Stage`] is one loaded route. Pages are compared from a world of our own (`watch.js`), and what
//! changes by itself is told apart from what an action changed by letting the page rest first.

mod form;
mod names;
mod press;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use pageloom_schema::{
    ControlOutcome, ControlTrace, FieldTrace, FormTrace, Millis, PageFault, PageFaultKind,
    VisitPlan,
};

use crate::error::BrowserError;
use crate::render::within;
use crate::session::page::Page;
use crate::site::{evaluate, normal};
use stage::{Item, Reach, Stage};

/// The most controls, fields or forms that are kept, each.
const MAX_KEPT: usize = 400;

/// What was found out so far, on all routes.
#[derive(Clone)]
pub(crate) struct Found {
    until: Instant,
    route: u32,
    controls: Vec<ControlTrace>,
    /// Controls by what tells them apart, so that the menu of every page is used once.
    known: BTreeMap<String, usize>,
    fields: Vec<FieldTrace>,
    forms: Vec<FormTrace>,
    seen_fields: BTreeMap<String, ()>,
    seen_forms: BTreeMap<String, ()>,
    left: Left,
    /// What is in use.
    current: Option<String>,
    /// How many times the plan's limit one action may take.
    patience: u32,
    cut: bool,
}

/// How much may still be used.
#[derive(Clone)]
struct Left {
    controls: u32,
    fields: u32,
    forms: u32,
}

impl Found {
    /// Nothing yet; probes end at `until`.
    pub(crate) fn new(plan: &VisitPlan, until: Instant) -> Self {
        Self {
            until,
            route: 0,
            controls: Vec::new(),
            known: BTreeMap::new(),
            fields: Vec::new(),
            forms: Vec::new(),
            seen_fields: BTreeMap::new(),
            seen_forms: BTreeMap::new(),
            left: Left {
                controls: plan.max_controls,
                fields: plan.max_fields,
                forms: plan.max_forms,
            },
            current: None,
            patience: 1,
            cut: false,
        }
    }

    /// The route of this index is next.
    pub(crate) fn begin(&mut self, route: usize) {
        self.route = u32::try_from(route).unwrap_or(u32::MAX);
    }

    /// True once the time for all probes is over, which is then noted.
    pub(crate) fn is_out_of_time(&mut self) -> bool {
        self.cut = self.cut || Instant::now() >= self.until;
        self.cut
    }

    /// From now on an action may take this many times the plan's limit.
    pub(crate) fn be_patient(&mut self, times: u32) {
        self.patience = times;
    }

    /// What was in use when the page went; nothing while a route is loaded.
    pub(crate) fn in_use(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// The page is gone: what was being used is to blame and is not used again.
    pub(crate) fn give_up(&mut self) {
        let current = self.current.take().and_then(|key| self.known.get(&key));
        if let Some(control) = current.and_then(|at| self.controls.get_mut(*at)) {
            control.outcome = ControlOutcome::Fault;
        }
    }

    /// The results, and whether the time ran out.
    pub(crate) fn finish(self) -> (Vec<ControlTrace>, Vec<FieldTrace>, Vec<FormTrace>, bool) {
        (self.controls, self.fields, self.forms, self.cut)
    }
}

/// Begins to watch a page that stands still, in a world of our own.
pub(crate) async fn watch(page: &Page, world: i64) -> Result<(), BrowserError> {
    evaluate::<bool>(page, world, stage::WATCH).await?;
    evaluate::<bool>(page, world, "pageloom.mark()").await.map(|_| ())
}

/// True when a page that is watched shows and holds what it did when that began.
pub(crate) async fn is_unchanged(page: &Page, world: i64) -> Result<bool, BrowserError> {
    evaluate(page, world, "pageloom.isUnchanged()").await
}

/// Uses what a route offers and nobody has used yet. May be called again for a route after a fault.
/// `shown` is the world that watches the route where it is shown already, and untouched.
pub(crate) async fn probe(
    page: &Page,
    path: &str,
    plan: &VisitPlan,
    shown: Option<i64>,
    found: &mut Found,
) -> Result<(), BrowserError> {
    let mut stage = Stage::open(page, path, plan, shown).await?;
    use_controls(&mut stage, found).await?;
    use_fields(&mut stage, found).await?;
    use_forms(&mut stage, found).await
}

/// What a link does is known without following it.
fn leads_outside(item: &Item, origin: &str) -> bool {
    let href = item.href.as_str();
    if href.is_empty() || href.starts_with("javascript:") || href.starts_with("blob:") {
        return false;
    }
    !(href
        .strip_prefix(origin)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])))
}

async fn use_controls(stage: &mut Stage<'_>, found: &mut Found) -> Result<(), BrowserError> {
    let origin = stage.page.served().origin.clone();
    let entry = format!("/{}", stage.page.served().site.entry());
    let items = stage.survey.controls.clone();
    let key_of = |item: &Item| {
        let href = item.href.strip_prefix(&origin).unwrap_or(&item.href);
        format!("{}|{}|{}|{}|{}", item.tag, item.kind, item.section, item.label, href)
    };
    let news: Vec<usize> = (0..items.len())
        .filter(|at| items.get(*at).is_some_and(|item| !found.known.contains_key(&key_of(item))))
        .collect();
    let names = names::take(stage.page, stage.world, &news).await?;
    for (at, named) in news.iter().zip(names) {
        let Some(item) = items.get(*at) else { continue };
        let key = key_of(item);
        if found.known.contains_key(&key) || found.controls.len() >= MAX_KEPT {
            continue;
        }
        found.known.insert(key, found.controls.len());
        let outside = leads_outside(item, &origin);
        found.controls.push(ControlTrace {
            route: found.route,
            role: named.role.filter(|role| !role.is_empty()).unwrap_or_else(|| item.tag.clone()),
            name: named.name,
            section: item.section.clone(),
            rect: item.rect,
            outcome: if outside { ControlOutcome::Outside } else { ControlOutcome::Untried },
            effects: Vec::new(),
        });
    }
    let spared = spared(&items, stage.plan.max_alike);
    let mut done: Vec<usize> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(at) = found.known.get(&key_of(item)).copied() else { continue };
        let untried = found.controls.get(at).is_some_and(|c| c.outcome == ControlOutcome::Untried);
        // A link to the page it is on rightly does nothing; it may be used on another.
        let route = item.href.strip_prefix(&origin).filter(|_| item.tag == "a");
        let leads_here = route.is_some_and(|route| {
            !item.href.contains('#') && normal(route, &entry) == normal(&stage.path, &entry)
        });
        let left_out = spared.contains(&index) || found.left.controls == 0;
        if !untried || done.contains(&at) || leads_here || left_out {
            continue;
        }
        if found.is_out_of_time() {
            break;
        }
        done.push(at);
        found.left.controls -= 1;
        found.current = Some(key_of(item));
        let (page, plan) = (stage.page, stage.plan);
        let used =
            within_action(press::control(stage, index, item), page, plan, found.patience).await?;
        found.current = None;
        if let Some(control) = found.controls.get_mut(at) {
            (control.outcome, control.effects) = used;
        }
    }
    Ok(())
}

/// Which of the controls that look alike are left out, where there are more than `most` of them.
fn spared(items: &[Item], most: u32) -> BTreeSet<usize> {
    let most = most as usize;
    let mut alike: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        alike.entry((&item.look, &item.section)).or_default().push(index);
    }
    let mut spared = BTreeSet::new();
    for group in alike.values().filter(|group| group.len() > most) {
        // The first, the last and between them every so often.
        let kept: BTreeSet<usize> = (0..most)
            .map(|step| step * (group.len() - 1) / most.saturating_sub(1).max(1))
            .collect();
        let left = group.iter().enumerate().filter(|(at, _)| !kept.contains(at));
        spared.extend(left.map(|(_, index)| *index));
    }
    spared
}

/// One action, which a page may not take for longer than the plan allows, times `patience`.
async fn within_action<T>(
    work: impl Future<Output = Result<T, BrowserError>>,
    page: &Page,
    plan: &VisitPlan,
    patience: u32,
) -> Result<T, BrowserError> {
    let deadline = Millis(plan.action_deadline.0.saturating_mul(patience.into()));
    let outcome = within(page, deadline, work).await;
    outcome.map_err(|error| match error {
        BrowserError::Page(fault) if fault.kind == PageFaultKind::NeverSettled => {
            BrowserError::Page(PageFault {
                detail: "the page did not come to rest after an action".to_owned(),
                ..fault
            })
        }
        other => other,
    })
}

async fn use_fields(stage: &mut Stage<'_>, found: &mut Found) -> Result<(), BrowserError> {
    let items = stage.survey.fields.clone();
    for (index, item) in items.iter().enumerate() {
        let key = format!("{}|{}|{}|{}", item.tag, item.kind, item.section, item.label);
        if found.left.fields == 0 || found.seen_fields.contains_key(&key) {
            continue;
        }
        if found.is_out_of_time() {
            break;
        }
        found.seen_fields.insert(key.clone(), ());
        found.current = Some(key);
        let page = stage.page;
        let plan = stage.plan;
        let work = async {
            if stage.reach("fields", index, item).await? != Reach::Ready {
                return Ok(None);
            }
            let named = names::one(stage, "fields", index).await?;
            let (accepted, kept) = press::field(stage, index, item).await?;
            Ok(Some((named, accepted, kept)))
        };
        let used = within_action(work, page, plan, found.patience).await?;
        found.current = None;
        let Some((name, accepted, kept)) = used else { continue };
        found.left.fields -= 1;
        let kind = match (item.tag.as_str(), item.kind.as_str()) {
            ("input", "") => "text",
            ("input", kind) => kind,
            ("textarea", _) => "textarea",
            _ => "contenteditable",
        };
        found.fields.push(FieldTrace {
            route: found.route,
            name,
            kind: kind.to_owned(),
            rect: item.rect,
            accepted,
            kept,
        });
    }
    Ok(())
}

async fn use_forms(stage: &mut Stage<'_>, found: &mut Found) -> Result<(), BrowserError> {
    let items = stage.survey.forms.clone();
    for (index, item) in items.iter().enumerate() {
        let label: String = item.label.chars().take(60).collect();
        let key = format!("{}|{label}", item.section);
        if found.left.forms == 0 || found.seen_forms.contains_key(&key) {
            continue;
        }
        if found.is_out_of_time() {
            break;
        }
        found.seen_forms.insert(key.clone(), ());
        found.current = Some(key);
        let page = stage.page;
        let plan = stage.plan;
        let sent =
            within_action(form::send(stage, index, item), page, plan, found.patience).await?;
        found.current = None;
        let Some((name, filled, effects)) = sent else { continue };
        found.left.forms -= 1;
        found.forms.push(FormTrace { route: found.route, name, rect: item.rect, filled, effects });
    }
    Ok(())
}
