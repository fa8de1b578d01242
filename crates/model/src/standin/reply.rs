//! What a stand-in makes of a question on its own: pages, websites, grades and words that follow from
//! the pictures and texts it is given, the same every time.

use std::fmt::Write as _;

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::correct::corrected;
use super::picture::{Grid, ROWS, band, grid, likeness, liveliness};
use super::tester::next_move;

/// A question as it arrived.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// The model that was named.
    pub model: String,
    /// All texts, the system's first.
    pub texts: Vec<String>,
    /// All pictures, decoded from base64, in order.
    pub pictures: Vec<Vec<u8>>,
    /// The schema of the answer, where one was given.
    pub schema: Option<Value>,
    /// The seed, where one was given.
    pub seed: Option<u64>,
    /// The names of all fields of the request.
    fields: Vec<String>,
}

impl Asked {
    /// Reads the body of a request; absent when it is no chat.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let mut asked = Self {
            model: body.get("model")?.as_str()?.to_owned(),
            schema: body.pointer("/response_format/json_schema/schema").cloned(),
            seed: body.get("seed").and_then(Value::as_u64),
            fields: body.as_object()?.keys().cloned().collect(),
            ..Self::default()
        };
        for message in body.get("messages")?.as_array()? {
            match message.get("content")? {
                Value::String(text) => asked.texts.push(text.clone()),
                Value::Array(parts) => parts.iter().for_each(|part| asked.take(part)),
                _ => {}
            }
        }
        Some(asked)
    }

    fn take(&mut self, part: &Value) {
        if let Some(text) = part.get("text").and_then(Value::as_str) {
            self.texts.push(text.to_owned());
        }
        let url = part.pointer("/image_url/url").and_then(Value::as_str);
        let data = url.and_then(|url| url.strip_prefix("data:image/png;base64,"));
        let bytes =
            data.and_then(|data| base64::engine::general_purpose::STANDARD.decode(data).ok());
        self.pictures.extend(bytes);
    }

    /// True when the request has a field of that name.
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|name| name == field)
    }

    fn mentions(&self, words: &str) -> bool {
        self.texts.iter().any(|text| text.to_lowercase().contains(words))
    }

    /// A number in 0..1 that follows from the question.
    fn draw(&self) -> f64 {
        let mut hasher = blake3::Hasher::new();
        for text in &self.texts {
            hasher.update(text.as_bytes());
        }
        for picture in &self.pictures {
            hasher.update(picture);
        }
        hasher.update(&self.seed.unwrap_or_default().to_le_bytes());
        f64::from(hasher.finalize().as_bytes()[0]) / 256.0
    }
}

/// The answer to a question that no rule of a script fits.
#[must_use]
pub fn built_in(asked: &Asked) -> String {
    let grids: Vec<Grid> = asked.pictures.iter().filter_map(|png| grid(png)).collect();
    if let Some(schema) = &asked.schema {
        if let Some(made) = next_move(schema, &asked.texts, asked.draw()) {
            return made.to_string();
        }
        return object(asked, schema, &grids).to_string();
    }
    if asked.mentions("ten numbers") {
        let grade = (10.0 * alike(&grids)).round();
        return vec![grade.to_string(); 10].join(", ");
    }
    if asked.mentions("yes or no") {
        return if asked.draw() < 0.5 { "Yes" } else { "No" }.to_owned();
    }
    if asked.mentions("webartifact") {
        return website(asked);
    }
    if asked.mentions("html") {
        let page = corrected(&asked.texts).unwrap_or_else(|| page(&grids));
        return format!("```html\n{page}\n```");
    }
    "I see a page.".to_owned()
}

/// How alike the first two pictures are; of one, how lively it is.
fn alike(grids: &[Grid]) -> f64 {
    match grids {
        [left, right, ..] => likeness(left, right),
        [one] => liveliness(one),
        [] => 0.0,
    }
}

/// An object that fits a schema of a judge: numbers within their range by what the pictures show.
fn object(asked: &Asked, schema: &Value, grids: &[Grid]) -> Value {
    let mut object = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, rule) in properties.into_iter().flatten() {
        object.insert(name.clone(), value(asked, name, rule, grids));
    }
    // What a schema cannot say stands in the words beside it.
    if let Some(code) = object.get_mut("check")
        && let Some(found) = check_code(asked)
    {
        *code = json!(found);
    }
    Value::Object(object)
}

fn value(asked: &Asked, name: &str, rule: &Value, grids: &[Grid]) -> Value {
    if let Some(first) = rule.get("enum").and_then(|names| names.get(0)) {
        return first.clone();
    }
    if let Some(only) = rule.get("const") {
        return only.clone();
    }
    match rule.get("type").and_then(Value::as_str) {
        Some("number" | "integer") => {
            let bound =
                |name: &str, other: f64| rule.get(name).and_then(Value::as_f64).unwrap_or(other);
            // Not every provider takes bounds in a schema; a grade of ours ends at 5, a criterion at 10.
            let most = if name == "grade" { 5.0 } else { 10.0 };
            let (low, high) = (bound("minimum", 0.0), bound("maximum", most));
            json!(((low + (high - low) * alike(grids)) * 2.0).round() / 2.0)
        }
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => object(asked, rule, grids),
        _ => json!("as the pictures show"),
    }
}

/// The run of twelve hexadecimal digits that the instructions ask to be repeated.
fn check_code(asked: &Asked) -> Option<String> {
    let system = asked.texts.first()?;
    let words = system.split(|c: char| !c.is_ascii_alphanumeric());
    let hex = |word: &&str| word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit());
    words.into_iter().find(hex).map(str::to_owned)
}

/// A page of coloured bands. More pictures in the question are more tries, and make finer bands.
fn page(grids: &[Grid]) -> String {
    let mut html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Page</title></head>\n<body style=\"margin:0\">\n".to_owned();
    if let Some(first) = grids.first() {
        let bands = (4 << (grids.len() - 1).min(2)).min(ROWS);
        let height = f64::from(first.height) / bands as f64;
        for number in 0..bands {
            let [r, g, b] = band(first, number * ROWS / bands, (number + 1) * ROWS / bands);
            // Writing to a string cannot fail.
            let _ = writeln!(
                html,
                "<div style=\"height:{height:.0}px;background:#{r:02x}{g:02x}{b:02x}\"></div>"
            );
        }
    } else {
        html.push_str("<h1>Page</h1>\n<p>Written without a picture.</p>\n");
    }
    html + "</body></html>"
}

/// A small website in the form that website answers have.
fn website(asked: &Asked) -> String {
    let wish = asked.texts.last().map_or("", String::as_str);
    let title: String = wish
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .take(60)
        .collect::<String>()
        .trim()
        .to_owned();
    let title = if title.is_empty() { "A small website".to_owned() } else { title };
    format!(
        r##"<think>
One page with a heading, a counter and a list.
</think>
<answer>
<webArtifact id="site" title="{title}">
<webAction type="file" filePath="src/App.tsx">
import {{ useState }} from 'react';
import Home from './pages/Home';

export default function App() {{
  const [count, setCount] = useState(0);
  return (
    <main className="min-h-screen bg-slate-50 p-8 text-slate-800">
      <Home />
      <button className="mt-6 rounded bg-indigo-600 px-4 py-2 text-white" onClick={{() => setCount(count + 1)}}>
        Clicked {{count}} times
      </button>
    </main>
  );
}}
</webAction>
<webAction type="file" filePath="src/pages/Home.tsx">
export default function Home() {{
  return (
    <section className="rounded-xl bg-white p-6 shadow">
      <h1 className="text-3xl font-bold text-indigo-700">{title}</h1>
      <ul className="mt-4 list-disc pl-6">
        <li>Opening hours</li>
        <li>Prices</li>
        <li>Contact</li>
      </ul>
    </section>
  );
}}
</webAction>
<webAction type="shell">npm install</webAction>
<webAction type="start">npm run dev</webAction>
</webArtifact>
</answer>"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_filled_within_its_ranges() {
        let schema = json!({
            "type": "object",
            "properties": {
                "check": { "type": "string" },
                "grade": { "type": "number", "minimum": 1, "maximum": 5 },
                "reasons": { "type": "object", "properties": { "why": { "type": "string" } } },
            },
        });
        let asked = Asked {
            texts: vec!["Repeat the code 0123456789ab.".to_owned()],
            schema: Some(schema),
            ..Asked::default()
        };
        let answer: Value = serde_json::from_str(&built_in(&asked)).unwrap();
        assert_eq!(answer.pointer("/check"), Some(&json!("0123456789ab")));
        assert_eq!(answer.pointer("/grade"), Some(&json!(1.0)));
        assert!(answer.pointer("/reasons/why").is_some());
    }

    #[test]
    fn what_is_no_chat_is_not_read() {
        for body in [&b""[..], b"{}", b"[1]", b"{\"model\":\"m\"}", b"\xff\xfe"] {
            assert_eq!(Asked::read(body), None);
        }
    }
}
