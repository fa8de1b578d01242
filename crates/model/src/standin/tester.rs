//! A tester that presses the first thing it is told of, looks at what came of it, and says how it
//! went as the draw has it.

use serde_json::{Value, json};

/// The next move of a test; absent where the schema asks for no move.
pub(super) fn next_move(schema: &Value, texts: &[String], draw: f64) -> Option<Value> {
    let moves = schema.pointer("/properties/move/enum")?.as_array()?;
    let asked = texts.iter().find(|text| text.contains("Your moves so far:"))?;
    let is_new = asked.contains("\nnone\n");
    let made = match first_number(asked).filter(|_| is_new && moves.contains(&json!("click"))) {
        Some(number) => json!({ "move": "click", "element": number }),
        None => {
            let verdicts = ["YES", "PARTIAL", "NO"];
            let place = ((draw * 3.0) as usize).min(2);
            json!({ "move": "answer", "verdict": verdicts.get(place) })
        }
    };
    let mut answer = json!({
        "thought": "as the page shows", "move": null, "element": null, "text": null,
        "press_enter": null, "direction": null, "verdict": null,
    });
    for (name, value) in made.as_object()? {
        answer[name] = value.clone();
    }
    Some(answer)
}

/// The number of the first element that can be used: `[5] button "Add"`.
fn first_number(asked: &str) -> Option<u32> {
    let number = |line: &str| line.trim_start().strip_prefix('[')?.split_once(']')?.0.parse().ok();
    asked.lines().find_map(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_presses_once_and_then_says_how_it_went() {
        let schema = json!({"properties": {"move": {"enum": ["click", "answer"]}}});
        let asked = |moves: &str| {
            vec![format!("Your moves so far:\n<m>\n{moves}\n</m>\nlist\n  [5] button \"Add\"\n")]
        };
        let first = next_move(&schema, &asked("none"), 0.9).unwrap();
        assert_eq!((&first["move"], &first["element"]), (&json!("click"), &json!(5)));
        let then = next_move(&schema, &asked("1. click button \"Add\": done"), 0.9).unwrap();
        assert_eq!((&then["move"], &then["verdict"]), (&json!("answer"), &json!("NO")));
        assert_eq!(next_move(&json!({"properties": {}}), &asked("none"), 0.0), None);
    }
}
