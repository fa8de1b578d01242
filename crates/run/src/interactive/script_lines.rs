//! TOML as a value with the line of every key, so that a problem can be told where it is.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use crate::problems::Problems;

/// Parses a text and tells `problems` on which line each of its fields stands. Absent where it is no
/// TOML, which is then a problem.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Option<Value> {
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line_of = |at: usize| starts.partition_point(|start| *start <= at);
    match DeTable::parse(text) {
        Ok(table) => {
            let mut lines = BTreeMap::new();
            let value = table_value(table.get_ref(), "", &line_of, &mut lines);
            problems.on_lines(lines);
            Some(value)
        }
        Err(error) => {
            let line = error.span().map(|span| line_of(span.start));
            problems.add_at(line, "", error.message().replace('\n', ", "));
            None
        }
    }
}

fn table_value(
    table: &DeTable<'_>,
    path: &str,
    line_of: &dyn Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) -> Value {
    let mut members = Map::new();
    for (key, value) in table {
        let name = key.get_ref().to_string();
        let field = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        lines.insert(field.clone(), line_of(key.span().start));
        members.insert(name, plain_value(value.get_ref(), &field, line_of, lines));
    }
    Value::Object(members)
}

fn plain_value(
    value: &DeValue<'_>,
    field: &str,
    line_of: &dyn Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::from),
        // What is no number of JSON stays a text, and is then told to be no number.
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| Value::String(number.to_string()), Value::Number),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => {
            let mut values = Vec::new();
            for (at, item) in items.iter().enumerate() {
                let field = format!("{field}[{at}]");
                lines.insert(field.clone(), line_of(item.span().start));
                values.push(plain_value(item.get_ref(), &field, line_of, lines));
            }
            Value::Array(values)
        }
        DeValue::Table(table) => table_value(table, field, line_of, lines),
    }
}
