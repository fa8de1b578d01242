//! Names and roles from the browser's accessibility tree, for elements of our own world.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinSet;

use super::stage::Stage;
use crate::error::BrowserError;
use crate::session::page::Page;

/// The most characters of a name.
const MAX_NAME: usize = 120;

/// What assistive technology is told of an element.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) role: Option<String>,
    pub(super) name: String,
}

#[derive(Deserialize)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    ignored: bool,
    role: Option<Value>,
    name: Option<Value>,
}

#[derive(Deserialize)]
struct Value {
    value: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Evaluated {
    result: Remote,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Remote {
    object_id: Option<String>,
}

#[derive(Deserialize)]
struct Properties {
    result: Vec<Property>,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    value: Option<Remote>,
}

/// The names of the controls at `indices` of the survey, in that order.
pub(super) async fn take(
    page: &Page,
    world: i64,
    indices: &[usize],
) -> Result<Vec<Named>, BrowserError> {
    of_list(page, world, "controls", indices).await
}

/// The name of one element of a list.
pub(super) async fn one(
    stage: &Stage<'_>,
    list: &str,
    index: usize,
) -> Result<String, BrowserError> {
    let named = of_list(stage.page, stage.world, list, &[index]).await?;
    Ok(named.into_iter().next().unwrap_or_default().name)
}

async fn of_list(
    page: &Page,
    world: i64,
    list: &str,
    indices: &[usize],
) -> Result<Vec<Named>, BrowserError> {
    if indices.is_empty() {
        return Ok(Vec::new());
    }
    // Kept up to date while it is on; asked of one element at a time, it would be built every time.
    page.tell("Accessibility.enable", json!({})).await?;
    let expression = format!("pageloom.list({list:?})");
    let all: Evaluated = page
        .call("Runtime.evaluate", json!({"expression": expression, "contextId": world}))
        .await?;
    let object = all.result.object_id.unwrap_or_default();
    let properties: Properties = page
        .call("Runtime.getProperties", json!({"objectId": object, "ownProperties": true}))
        .await?;
    let mut asked = JoinSet::new();
    for (order, index) in indices.iter().enumerate() {
        let name = index.to_string();
        let property = properties.result.iter().find(|property| property.name == name);
        let Some(id) = property.and_then(|p| p.value.as_ref()?.object_id.clone()) else { continue };
        let (browser, session) = (Arc::clone(&page.browser), page.session.clone());
        asked.spawn(async move {
            let params = json!({"objectId": id, "fetchRelatives": false});
            let method = "Accessibility.getPartialAXTree";
            (order, browser.connection.call::<_, Tree>(Some(&session), method, params).await)
        });
    }
    let mut found = vec![Named::default(); indices.len()];
    while let Some(answer) = asked.join_next().await {
        let Ok((order, tree)) = answer else { continue };
        // An element that went in the meantime has no name.
        let Ok(tree) = tree else { continue };
        if let (Some(slot), Some(node)) = (found.get_mut(order), tree.nodes.first())
            && !node.ignored
        {
            *slot = Named {
                role: node.role.as_ref().map(text),
                name: node.name.as_ref().map(text).unwrap_or_default(),
            };
        }
    }
    page.tell("Accessibility.disable", json!({})).await?;
    Ok(found)
}

fn text(value: &Value) -> String {
    let text = value.value.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_NAME).collect()
}
