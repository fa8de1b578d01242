//! Uses one control or one field.

use pageloom_schema::{ControlOutcome, Effect};

use super::stage::{Item, Reach, Stage};
use crate::error::BrowserError;

/// Presses a control and says how it ended and what changed.
pub(super) async fn control(
    stage: &mut Stage<'_>,
    index: usize,
    item: &Item,
) -> Result<(ControlOutcome, Vec<Effect>), BrowserError> {
    match stage.reach("controls", index, item).await? {
        Reach::Covered => return Ok((ControlOutcome::Covered, Vec::new())),
        Reach::Gone => return Ok((ControlOutcome::Untried, Vec::new())),
        Reach::Ready => {}
    }
    stage.point().await?;
    if item.tag == "select" {
        // Its list would open in a window of its own; a key chooses without it.
        stage.ask::<bool>(&format!("pageloom.focusOn('controls', {index})")).await?;
        stage.mark().await?;
        stage.key("ArrowDown", 40, "").await?;
    } else {
        stage.mark().await?;
        stage.click().await?;
    }
    let mut effects = stage.effects("controls", index).await?;
    if stage.emptied {
        return Ok((ControlOutcome::Fault, effects));
    }
    // A link to nowhere jumps to the top of the page, which is only what one for that is for.
    let is_placeholder = item.href.ends_with('#') && !item.label.to_lowercase().contains("top");
    effects.retain(|effect| !(is_placeholder && *effect == Effect::Scroll));
    let outcome = if effects.is_empty() { ControlOutcome::Dead } else { ControlOutcome::Live };
    Ok((outcome, effects))
}

/// Types into a field that was reached: whether the text was there at once, and after a while.
pub(super) async fn field(
    stage: &mut Stage<'_>,
    index: usize,
    item: &Item,
) -> Result<(bool, bool), BrowserError> {
    stage.point().await?;
    stage.click().await?;
    stage.ask::<bool>(&format!("pageloom.selectAll('fields', {index})")).await?;
    let text = sample(&item.kind, "");
    stage.type_text(text).await?;
    let accepted = holds(stage, index, text).await?;
    stage.pass(stage.plan.reaction_time).await?;
    let kept = holds(stage, index, text).await?;
    Ok((accepted, kept))
}

async fn holds(stage: &Stage<'_>, index: usize, text: &str) -> Result<bool, BrowserError> {
    let value: Option<String> = stage.ask(&format!("pageloom.valueOf('fields', {index})")).await?;
    Ok(value.is_some_and(|value| is_taken(&value, text)))
}

/// Whether a field's value is the text, as it is or in the form the field gives it (a telephone
/// number with spaces, a name cut to its longest length).
fn is_taken(value: &str, text: &str) -> bool {
    let bare = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (value, text) = (bare(value), bare(text));
    !value.is_empty() && (value.contains(&text) || text.starts_with(&value))
}

/// A text that fits a field by its type and by the words around it.
pub(super) fn sample(kind: &str, hint: &str) -> &'static str {
    let speaks_of = |words: &[&str]| words.iter().any(|word| hint.contains(word));
    match kind {
        "email" => "visitor@example.com",
        "url" => "https://example.com/",
        "tel" => "5550100123",
        "number" | "range" => "12",
        "password" => "Passw0rd!23",
        "date" => "2026-03-14",
        "time" => "10:30",
        "datetime-local" => "2026-03-14T10:30",
        "month" => "2026-03",
        "week" => "2026-W11",
        "color" => "#336699",
        _ if speaks_of(&["email", "e-mail"]) => "visitor@example.com",
        _ if speaks_of(&["phone", "tel", "mobile"]) => "5550100123",
        _ if speaks_of(&["zip", "postal", "postcode"]) => "12345",
        _ if speaks_of(&["amount", "price", "quantity", "age", "number", "count"]) => "12",
        _ if speaks_of(&["date"]) => "2026-03-14",
        _ if speaks_of(&["url", "website", "link"]) => "https://example.com/",
        _ => "Pageloom",
    }
}

#[cfg(test)]
mod tests {
    use super::is_taken;

    #[test]
    fn a_field_may_format_and_cut_what_is_typed_but_not_lose_it() {
        assert!(is_taken("Pageloom", "Pageloom"));
        assert!(is_taken("(555) 010-0123", "5550100123"));
        assert!(is_taken("Page", "Pageloom"));
        assert!(!is_taken("", "Pageloom"));
        assert!(!is_taken("fixed", "Pageloom"));
    }
}
