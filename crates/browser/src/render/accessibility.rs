//! The browser's accessibility tree, without the nodes it ignores.

use std::collections::BTreeMap;

use pageloom_schema::AccessibleNode;
use serde::Deserialize;
use serde_json::json;

use crate::error::BrowserError;
use crate::session::page::Page;

#[derive(Deserialize)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    node_id: String,
    ignored: bool,
    role: Option<Value>,
    name: Option<Value>,
    value: Option<Value>,
    #[serde(default)]
    properties: Vec<Property>,
    #[serde(default)]
    child_ids: Vec<String>,
    parent_id: Option<String>,
}

#[derive(Deserialize)]
struct Value {
    value: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    value: Value,
}

/// States worth keeping; the rest repeats the role.
const STATES: [&str; 9] = [
    "checked", "disabled", "expanded", "hidden", "level", "pressed", "required", "selected",
    "invalid",
];

impl Value {
    fn text(&self) -> String {
        match &self.value {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        }
    }
}

/// Takes the tree of a frozen page in document order.
pub(crate) async fn take(page: &Page) -> Result<Vec<AccessibleNode>, BrowserError> {
    let tree: Tree = page.call("Accessibility.getFullAXTree", json!({})).await?;
    let by_id: BTreeMap<&str, &Node> =
        tree.nodes.iter().map(|node| (node.node_id.as_str(), node)).collect();
    let mut found = Vec::new();
    let mut waiting: Vec<(&Node, Option<u32>)> =
        tree.nodes.iter().rev().filter(|n| n.parent_id.is_none()).map(|n| (n, None)).collect();
    while let Some((node, parent)) = waiting.pop() {
        let mut here = parent;
        let role = node.role.as_ref().map(Value::text).unwrap_or_default();
        if !node.ignored && role != "InlineTextBox" {
            here = u32::try_from(found.len()).ok();
            found.push(read(node, role, parent));
        }
        for child in node.child_ids.iter().rev() {
            if let Some(child) = by_id.get(child.as_str()) {
                waiting.push((child, here));
            }
        }
    }
    Ok(found)
}

fn read(node: &Node, role: String, parent: Option<u32>) -> AccessibleNode {
    let mut states: Vec<String> = node
        .properties
        .iter()
        .filter(|property| STATES.contains(&property.name.as_str()))
        .map(|property| match property.value.text().as_str() {
            "true" => property.name.clone(),
            other => format!("{}={other}", property.name),
        })
        .filter(|state| !state.ends_with("=false") || state.starts_with("expanded"))
        .collect();
    states.sort();
    AccessibleNode {
        parent,
        role,
        name: node.name.as_ref().map(Value::text).unwrap_or_default(),
        value: node.value.as_ref().map(Value::text).filter(|text| !text.is_empty()),
        states,
    }
}
