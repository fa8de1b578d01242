//! Fills one form with plausible values and sends it.

use pageloom_schema::{Effect, Millis};
use serde::Deserialize;

use super::press::sample;
use super::stage::{Item, Reach, Stage};
use crate::error::BrowserError;

/// The most parts of a form that are filled.
const MAX_PARTS: usize = 12;
/// Virtual time between filling and sending.
const BREATH: Millis = Millis(50);

#[derive(Debug, Deserialize)]
struct Part {
    tag: String,
    kind: String,
    hint: String,
    required: bool,
    filled: bool,
    checked: bool,
    min: String,
    longest: usize,
}

/// How a part is filled.
enum Filling {
    Nothing,
    Press,
    Choose(String),
    Type(String),
}

impl Part {
    fn filling(&self) -> Filling {
        let text = sample(&self.kind, &self.hint);
        match (self.tag.as_str(), self.kind.as_str()) {
            (_, "checkbox" | "radio") if self.required && !self.checked => Filling::Press,
            (
                _,
                "checkbox" | "radio" | "file" | "hidden" | "submit" | "button" | "reset" | "image"
                | "range" | "color",
            ) => Filling::Nothing,
            _ if self.filled => Filling::Nothing,
            ("select", _) => Filling::Choose(String::new()),
            (_, "date" | "time" | "datetime-local" | "month" | "week") => {
                Filling::Choose(if self.min.as_str() > text {
                    self.min.clone()
                } else {
                    text.into()
                })
            }
            _ => {
                let most = if self.longest > 0 { self.longest } else { usize::MAX };
                Filling::Type(text.chars().take(most).collect())
            }
        }
    }
}

/// Fills and sends a form: its name, how many parts were filled, and what changed. Nothing for a form
/// that cannot be reached or has no part to fill and no button.
pub(super) async fn send(
    stage: &mut Stage<'_>,
    index: usize,
    item: &Item,
) -> Result<Option<(String, u32, Vec<Effect>)>, BrowserError> {
    if stage.reach("forms", index, item).await? == Reach::Gone {
        return Ok(None);
    }
    let parts: Vec<Part> = stage.ask(&format!("pageloom.partsOf({index})")).await?;
    let mut filled = 0;
    let mut last_typed = None;
    for (at, part) in parts.iter().enumerate() {
        if filled as usize >= MAX_PARTS {
            break;
        }
        match part.filling() {
            Filling::Nothing => continue,
            Filling::Press => {
                if stage.aim("parts", at).await? != Reach::Ready {
                    continue;
                }
                stage.click().await?;
            }
            Filling::Choose(value) => {
                stage.ask::<bool>(&format!("pageloom.choose({at}, {})", quoted(&value))).await?;
            }
            Filling::Type(text) => {
                if !stage.ask::<bool>(&format!("pageloom.focusOn('parts', {at})")).await? {
                    continue;
                }
                stage.type_text(&text).await?;
                last_typed = Some(at);
            }
        }
        filled += 1;
    }
    stage.pass(BREATH).await?;
    let submitter: Option<String> = stage.ask(&format!("pageloom.submitterOf({index})")).await?;
    let pressed = submitter.is_some() && stage.aim("submitters", 0).await? == Reach::Ready;
    let effects = if pressed {
        stage.point().await?;
        stage.mark().await?;
        stage.click().await?;
        stage.effects("submitters", 0).await?
    } else if let Some(at) = last_typed {
        stage.ask::<bool>(&format!("pageloom.focusOn('parts', {at})")).await?;
        stage.mark().await?;
        stage.key("Enter", 13, "\r").await?;
        stage.effects("parts", at).await?
    } else {
        return Ok(None);
    };
    let name = submitter.filter(|name| !name.is_empty()).unwrap_or_else(|| item.label.clone());
    Ok(Some((name, filled, effects)))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
