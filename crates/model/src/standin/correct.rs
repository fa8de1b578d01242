//! A page corrected as a question says: the texts that it lists as missing are put where it says.
//!
//! The question holds the page between two marks, `<<<MARK` and `MARK>>>`, and beside it lines such
//! as `missing: at x 10, y 20, 300 wide, 24 high, text "Prices"`.

/// The start of a line that tells of something missing.
const MISSING: &str = "missing: at x ";

/// The corrected page; absent where no text is missing.
pub(super) fn corrected(texts: &[String]) -> Option<String> {
    let question = texts.iter().find(|text| text.contains(MISSING))?;
    let page = between_marks(question)?;
    let added: String = question.lines().filter_map(placed).collect();
    if added.is_empty() {
        return None;
    }
    let end = page.rfind("</body>").unwrap_or(page.len());
    let (head, tail) = page.split_at_checked(end)?;
    Some(format!("{head}{added}{tail}"))
}

/// What stands between the first two marks.
fn between_marks(question: &str) -> Option<&str> {
    let (_, rest) = question.split_once("<<<")?;
    let (mark, rest) = rest.split_once('\n')?;
    let (page, _) = rest.split_once(&format!("\n{mark}>>>"))?;
    Some(page)
}

/// A line's text where the line says, as HTML.
fn placed(line: &str) -> Option<String> {
    let line = line.strip_prefix(MISSING)?;
    let (place, text) = line.split_once(", text \"")?;
    let text = text.strip_suffix('"')?;
    let words = place.split([',', ' ']).filter(|word| !word.is_empty());
    let numbers: Vec<i64> = words.filter_map(|word| word.parse().ok()).take(4).collect();
    let [x, y, width, height] = numbers.try_into().ok()?;
    // As large as letters may be that fill the box.
    let letters = text.chars().count().max(1) as f64;
    let size = ((width * height) as f64 / letters / 0.7).sqrt().clamp(8.0, 60.0);
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    Some(format!(
        "<div style=\"position:absolute;left:{x}px;top:{y}px;width:{width}px;font:{size:.0}px/1.2 Arial\">{text}</div>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_text_is_put_where_the_question_says() {
        let question = "Correct it.\n<<<ab\n<body><p>old</p></body>\nab>>>\n<<<cd\n\
                        missing: at x 10, y 20, 300 wide, 24 high (text), text \"Bread < 3\"\n\
                        missing: at x 1, y 2, 3 wide, 4 high (image)\ncd>>>";
        let page = corrected(&[String::new(), question.to_owned()]).unwrap();
        assert!(
            page.starts_with("<body><p>old</p><div style=\"position:absolute;left:10px;top:20px")
        );
        assert!(page.trim_end().ends_with("Bread &lt; 3</div>\n</body>"), "{page}");
        assert_eq!(corrected(&["missing: at x 1".to_owned()]), None);
        assert_eq!(corrected(&[]), None);
    }
}
