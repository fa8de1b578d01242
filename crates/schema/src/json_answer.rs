//! A JSON object read from what a model wrote, which is seldom JSON alone.
//!
//! Taken: an object as it stands, inside a fence, between prose, after reasoning in `<think>` tags;
//! trailing commas; numbers as text (`"8.5"`, `"8/10"`). Of several objects the last one counts that
//! has what is asked for. Not taken: objects that are cut off, `NaN`, infinities, and numbers outside
//! their range, which nobody can guess the meaning of. No input makes it panic, and its time grows
//! with the length of the text.

use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The most bytes of an answer that are looked at: the last ones, where the answer stands.
const MAX_BYTES: usize = 256 * 1_024;
/// The deepest nesting of an object that is looked at.
const MAX_DEPTH: usize = 16;

/// What `fit` makes of the last complete object in `text` that it takes.
///
/// # Errors
/// When there is no complete object, or `fit` takes none: with its reason against the last one.
pub fn read<T>(text: &str, fit: impl Fn(&Object) -> Result<T, String>) -> Result<T, String> {
    let mut best = Err("there is no complete JSON object".to_owned());
    for object in objects(end_of(text)) {
        match fit(&object) {
            Ok(value) => best = Ok(value),
            // A good answer is not undone by an object after it that is something else.
            Err(reason) if best.is_err() => best = Err(reason),
            Err(_) => {}
        }
    }
    best
}

/// A number of `object` within `low..=high`.
///
/// # Errors
/// What is wrong with it, naming the key.
pub fn number(object: &Object, key: &str, [low, high]: [f64; 2]) -> Result<f64, String> {
    let value = object.get(key).ok_or_else(|| format!("`{key}` is missing"))?;
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => written_number(text, high),
        _ => None,
    };
    match number {
        Some(number) if number.is_finite() && (low..=high).contains(&number) => Ok(number),
        Some(_) => Err(format!("`{key}` is not within {low} to {high}")),
        None => Err(format!("`{key}` is no number")),
    }
}

/// A truth value of `object`.
///
/// # Errors
/// What is wrong with it, naming the key.
pub fn truth(object: &Object, key: &str) -> Result<bool, String> {
    match object.get(key) {
        Some(Value::Bool(value)) => Ok(*value),
        Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(format!("`{key}` is neither true nor false")),
        None => Err(format!("`{key}` is missing")),
    }
}

/// `8`, `8.5` or `8/10`, where the latter must be out of the highest number there is.
fn written_number(text: &str, high: f64) -> Option<f64> {
    let decimal = |text: &str| {
        let text = text.trim();
        let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        plain.then(|| text.parse::<f64>().ok()).flatten()
    };
    match text.split_once('/') {
        Some((number, of)) => decimal(of).filter(|of| *of == high).and_then(|_| decimal(number)),
        None => decimal(text),
    }
}

/// The last [`MAX_BYTES`] of a text, from a character on.
fn end_of(text: &str) -> &str {
    let mut start = text.len().saturating_sub(MAX_BYTES);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// The complete objects of a text in their order, an outer one before those inside it. What stands in
/// reasoning tags is none of it, nor is anything before the end of reasoning whose beginning the
/// endpoint cut away. Tags within an object are words of it.
fn objects(text: &str) -> Vec<Object> {
    let mut found = Vec::new();
    let mut at = 0;
    // Where the object ends that was read last: tags before it are words of it.
    let mut inside = 0;
    while let Some(step) = text[at..].find(['{', '<']) {
        at += step;
        let rest = &text[at..];
        if rest.starts_with('{') {
            if let Some(length) = length_of_object(rest)
                && let Some(object) = parse(&rest[..length])
            {
                found.push(object);
                inside = inside.max(at + length);
            }
        } else if at >= inside && rest.starts_with("<think>") {
            match rest.find("</think>") {
                Some(end) => at += end,
                None => break,
            }
        } else if at >= inside && rest.starts_with("</think>") {
            found.clear();
        }
        at += 1;
    }
    found
}

/// The bytes of the object that a text begins with; absent when it is cut off, not nested as JSON is,
/// or nested too deeply. The limit of depth keeps the search linear: a text that opens object after
/// object is given up at once, wherever it is entered.
fn length_of_object(text: &str) -> Option<usize> {
    let next = text[1..].trim_start().bytes().next()?;
    if !matches!(next, b'"' | b'}') {
        return None;
    }
    let mut open = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' if open.len() < MAX_DEPTH => open.push(byte + 2),
            b'{' | b'[' => return None,
            b'}' | b']' if open.pop() != Some(byte) => return None,
            b'}' | b']' if open.is_empty() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// An object from its text, trailing commas left out.
fn parse(text: &str) -> Option<Object> {
    if let Ok(object) = serde_json::from_str(text) {
        return Some(object);
    }
    let mut tidy = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        let trailing = || text[at + 1..].trim_start().starts_with(['}', ']']);
        if !in_string && c == ',' && trailing() {
            continue;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
        tidy.push(c);
    }
    serde_json::from_str(&tidy).ok()
}

#[cfg(test)]
mod tests {
    use super::{Object, number, read, truth};

    fn grade(object: &Object) -> Result<f64, String> {
        number(object, "grade", [0.0, 10.0])
    }

    #[test]
    fn an_object_is_found_in_whatever_stands_around_it() {
        for (text, value) in [
            (r#"{"grade": 7}"#, 7.0),
            ("  \n{\"grade\":7.25}\n", 7.25),
            ("```json\n{\"grade\": 7}\n```", 7.0),
            ("```\n{\"grade\": 7,}\n```\nThat is my grade.", 7.0),
            ("Here is {my} answer: {\"grade\": 7}. I hope { that } helps", 7.0),
            ("<think>{\"grade\": 2}</think>{\"grade\": 7}", 7.0),
            ("{\"grade\": 2} hm, no. </think>\n\n{\"grade\": 7}", 7.0),
            (r#"{"grade": "8.5"}"#, 8.5),
            (r#"{"grade": "8/10"}"#, 8.0),
            (r#"{"grade": " 8 / 10 "}"#, 8.0),
            (r#"{"grade": 1e1}"#, 10.0),
            (r#"{"why": ["a", "b",], "grade": 3, }"#, 3.0),
            (r#"{"grade": 2} or rather {"grade": 3}"#, 3.0),
            (r#"{"grade": 2} as in {"score": 3} and {"grade": 4"#, 2.0),
            (r#"{"answer": {"grade": 6}}"#, 6.0),
            (r#"{"why": "the page says </think> and {\"grade\": 9}", "grade": 4}"#, 4.0),
            (r#"{"why": "a brace } and a \" quote", "grade": 4}"#, 4.0),
            (r#"{"why": "commas ,} stay", "grade": 4,}"#, 4.0),
        ] {
            assert_eq!(read(text, grade), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_out_of_range_or_no_number_is_not_guessed() {
        for (text, lacks) in [
            ("", "no complete JSON object"),
            ("8", "no complete JSON object"),
            ("[8]", "no complete JSON object"),
            ("{'grade': 8}", "no complete JSON object"),
            ("{\"grade\": 8", "no complete JSON object"),
            ("<think>{\"grade\": 8}", "no complete JSON object"),
            ("{\"grade\": NaN}", "no complete JSON object"),
            ("{\"grade\": Infinity}", "no complete JSON object"),
            // Whether it is JSON at all depends on how exactly numbers are read.
            ("{\"grade\": 1e999}", ""),
            ("{\"grade\": \"NaN\"}", "`grade` is no number"),
            ("{\"grade\": \"inf\"}", "`grade` is no number"),
            ("{\"grade\": \"8/5\"}", "`grade` is no number"),
            ("{\"grade\": \"1e1\"}", "`grade` is no number"),
            ("{\"grade\": \"eight\"}", "`grade` is no number"),
            ("{\"grade\": null}", "`grade` is no number"),
            ("{\"grade\": [8]}", "`grade` is no number"),
            ("{\"grade\": 10.01}", "not within 0 to 10"),
            ("{\"grade\": -1}", "not within 0 to 10"),
            ("{\"grade\": \"11/10\"}", "not within 0 to 10"),
            ("{\"Grade\": 8}", "`grade` is missing"),
        ] {
            let error = read(text, grade).expect_err(text);
            assert!(error.contains(lacks), "{text}: {error}");
        }
    }

    #[test]
    fn truth_may_be_written_as_text() {
        let read = |text| read(text, |object| truth(object, "seen"));
        assert_eq!(read(r#"{"seen": true}"#), Ok(true));
        assert_eq!(read(r#"{"seen": " False "}"#), Ok(false));
        assert!(read(r#"{"seen": 1}"#).is_err());
        assert!(read(r#"{}"#).is_err());
    }

    /// A generator of indices, so that every run tries the same answers.
    struct Steps(u64);

    impl Steps {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((self.0 >> 33) as usize) % n.max(1)
        }
    }

    #[test]
    fn no_mutation_of_an_answer_panics_or_leaves_the_range() {
        let seed = "<think>ä {\"a\": 1}</think> So:\n```json\n{\"grade\": 7.5, \"why\": [\"é\\\"\", \
                    {\"x\": null}], \"seen\": true,}\n``` 完了 {\"grade\": \"8/10\"}";
        let bits = [
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            ",",
            ":",
            "<think>",
            "</think>",
            "NaN",
            "-",
            "1e999",
            "9",
            "\u{0}",
            "é",
            "完",
            "\u{202e}",
            "\"grade\":",
            "{\"grade\": 11}",
            "/10",
        ];
        let mut steps = Steps(7);
        let mut answers = 0;
        for _ in 0..20_000 {
            let mut chars: Vec<char> = seed.chars().collect();
            for _ in 0..=steps.below(6) {
                let at = steps.below(chars.len());
                match steps.below(4) {
                    0 => drop(chars.drain(at..(at + steps.below(9)).min(chars.len()))),
                    1 => chars.truncate(at.max(1)),
                    2 => drop(chars.splice(at..at, bits[steps.below(bits.len())].chars())),
                    _ => chars.swap(at, 0),
                }
                if chars.is_empty() {
                    chars.push('{');
                }
            }
            let text: String = chars.into_iter().collect();
            match read(&text, grade) {
                Ok(value) => {
                    assert!((0.0..=10.0).contains(&value), "{text}");
                    answers += 1;
                }
                Err(lacks) => assert!(!lacks.is_empty()),
            }
        }
        assert!((1_000..19_000).contains(&answers), "{answers} of 20,000 were read");
    }

    #[test]
    fn huge_and_hostile_answers_are_given_up_in_time() {
        let start = std::time::Instant::now();
        for bit in [
            "{",
            "{\"a\":",
            "{\"a\":[",
            "{\"",
            "<think>",
            "</think>",
            "{\"a\":1}",
            ",",
            "{\"a\":{}},",
        ] {
            let text = bit.repeat(2_000_000 / bit.len());
            assert!(read(&text, grade).is_err());
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
