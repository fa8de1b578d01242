//! Which element an action is done to: by the task's own target, from its words, or by a model that
//! is shown the page.

use std::sync::Arc;

use pageloom_agent::ground::{self, Grounding, Wanted};
use pageloom_browser::NotDone;
use pageloom_model::Client;
use pageloom_schema::{
    GroundingMethod, ModelReply, ModelRequest, PageState, Png, Resolution, SamplingChange,
    StepFailure, Target, TaskId,
};

use crate::asking::{AskError, Desk};
use crate::judge::ask_until_read;
use crate::log::RunFolder;
use crate::sample::blocking;

/// How often a model is asked for an answer that can be read.
const TRIES: u32 = 2;
/// The most characters of a name that a trace keeps.
const NAMED: usize = 80;

/// How elements are found.
#[derive(Clone)]
pub enum Grounder {
    /// By the task's target where it has one and it fits, else from the words.
    Auto,
    /// From the words alone.
    Words,
    /// A model chooses from the tree of elements, and where it finds nothing there, from a numbered
    /// picture, as published.
    Asked(AskedGrounder),
}

/// A model that finds elements.
#[derive(Clone)]
pub struct AskedGrounder {
    /// Who is asked.
    pub client: Arc<Client>,
    /// Where.
    pub desk: Arc<Desk>,
    /// A change of how its answers are drawn.
    pub sampling: SamplingChange,
}

impl Grounder {
    /// Its name in a run.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Auto => "auto".to_owned(),
            Self::Words => "local".to_owned(),
            Self::Asked(asked) => asked.client.label().to_owned(),
        }
    }
}

/// An element that was found: its index for acts, and how.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) element: u32,
    pub(super) resolution: Resolution,
}

/// What is looked for.
pub(super) struct Sought<'a> {
    pub(super) words: Option<&'a str>,
    pub(super) target: Option<&'a Target>,
    pub(super) wanted: Wanted,
}

/// Where a model is asked on behalf of a sample.
pub(super) struct Asker<'a> {
    pub(super) folder: &'a RunFolder,
    pub(super) task: &'a TaskId,
}

/// Finds what an action is done to on a page that looks like `picture`.
///
/// # Errors
/// [`AskError`] of the model that is asked. That nothing fits is no error but the inner [`NotDone`].
pub(super) async fn locate(
    grounder: &Grounder,
    asker: Option<&Asker<'_>>,
    (state, picture): (&PageState, &Png),
    sought: &Sought<'_>,
) -> Result<Result<Located, NotDone>, AskError> {
    if let (Grounder::Asked(asked), Some(asker)) = (grounder, asker) {
        return asked.locate(asker, (state, picture), sought).await;
    }
    let by_target = sought
        .target
        .filter(|_| !matches!(grounder, Grounder::Words) || sought.words.is_none())
        .map(|target| ground::target(state, target, sought.wanted));
    let found = match (by_target, sought.words) {
        (Some(found @ Grounding::Found { .. }), _) => found,
        (Some(missed), None) => missed,
        (_, Some(words)) => ground::local(state, words, sought.wanted),
        (None, None) => {
            return Ok(Err(NotDone {
                reason: StepFailure::Unfit,
                detail: "the action does not say what it is done to".to_owned(),
            }));
        }
    };
    Ok(taken(state, found))
}

fn taken(state: &PageState, found: Grounding) -> Result<Located, NotDone> {
    match found {
        Grounding::Found { element, resolution } => state
            .elements
            .get(element)
            .map(|at| Located { element: at.index, resolution })
            .ok_or_else(|| not_found("the element went")),
        Grounding::Ambiguous { resolution, .. } => {
            let other = resolution.runner_up.as_ref().map_or("another", |(name, _)| name.as_str());
            Err(NotDone {
                reason: StepFailure::Ambiguous,
                detail: format!(
                    "{} `{}` fits as well as {other}: {}",
                    resolution.role, resolution.name, resolution.explanation
                ),
            })
        }
        Grounding::NotFound { explanation, .. } => Err(not_found(&explanation)),
    }
}

fn not_found(why: &str) -> NotDone {
    NotDone { reason: StepFailure::NotFound, detail: why.to_owned() }
}

impl AskedGrounder {
    async fn locate(
        &self,
        asker: &Asker<'_>,
        (state, picture): (&PageState, &Png),
        sought: &Sought<'_>,
    ) -> Result<Result<Located, NotDone>, AskError> {
        let Some(words) = sought.words else {
            let found = sought.target.map(|target| ground::target(state, target, sought.wanted));
            return Ok(found.map_or_else(
                || Err(not_found("the action has no words for it")),
                |found| taken(state, found),
            ));
        };
        let read = |reply: &ModelReply| ground::tree::read(&reply.text, state);
        let asked = ground::tree::question(state, words);
        if let Ok(Some(element)) = self.ask(asker, "ground.tree", asked, read).await? {
            return Ok(chosen(state, element, GroundingMethod::Tree));
        }
        let marked = ground::marks::chosen(state);
        let numbered: Vec<_> = marked
            .iter()
            .enumerate()
            .filter_map(|(number, at)| {
                let element = state.elements.get(*at)?;
                Some((u32::try_from(number).unwrap_or(u32::MAX) + 1, in_window(state, element)))
            })
            .collect();
        let plain = picture.clone();
        let drawn = blocking(move || pageloom_vision::draw_marks(&plain, &numbered)).await?;
        let drawn = drawn.map_err(|error| {
            AskError::Fault(pageloom_schema::Fault::system(
                pageloom_schema::SystemFaultKind::Helper,
                error.to_string(),
            ))
        })?;
        let legend = ground::marks::legend(state, &marked);
        let asked = ground::marks::question(&drawn, words, &legend);
        let read = |reply: &ModelReply| ground::marks::read(&reply.text, &marked);
        Ok(match self.ask(asker, "ground.marks", asked, read).await? {
            Ok(Some(element)) => chosen(state, element, GroundingMethod::Marks),
            Ok(None) => Err(not_found("neither in the tree nor in the picture, says the model")),
            Err(unreadable) => Err(not_found(&unreadable)),
        })
    }

    async fn ask<T>(
        &self,
        asker: &Asker<'_>,
        purpose: &str,
        mut request: ModelRequest,
        read: impl Fn(&ModelReply) -> Result<T, String>,
    ) -> Result<Result<T, String>, AskError> {
        request.sampling = self.sampling.apply(request.sampling);
        let asked = (asker.folder, asker.task, purpose);
        ask_until_read(&self.desk, &self.client, asked, &request, (0, TRIES), read).await
    }
}

/// An element's place in the window.
pub(crate) fn in_window(
    state: &PageState,
    element: &pageloom_schema::PageElement,
) -> pageloom_schema::Rect {
    let rect = element.rect;
    pageloom_schema::Rect::new(
        rect.x - state.scroll.0,
        rect.y - state.scroll.1,
        rect.width,
        rect.height,
    )
}

fn chosen(state: &PageState, at: usize, method: GroundingMethod) -> Result<Located, NotDone> {
    let element = state.elements.get(at).ok_or_else(|| not_found("there is no such number"))?;
    let name = if element.name.is_empty() { &element.text } else { &element.name };
    Ok(Located {
        element: element.index,
        resolution: Resolution {
            method,
            role: element.role.clone(),
            name: name.chars().take(NAMED).collect(),
            rect: in_window(state, element),
            score: None,
            runner_up: None,
            explanation: match method {
                GroundingMethod::Marks => "chosen by a model from a numbered picture".to_owned(),
                _ => "chosen by a model from the tree of elements".to_owned(),
            },
        },
    })
}
