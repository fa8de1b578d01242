use pageloom_schema::{PageFault, PageFaultKind, Score};

use super::*;

/// The published rule, written a second time and another way: byte by byte over the reply, for the
/// replies of the table, which use ASCII digits only.
fn published(reply: &str) -> Option<Vec<i64>> {
    let mut pieces = vec![String::new()];
    for c in reply.chars() {
        if c == ',' || c == '\n' {
            pieces.push(String::new());
        } else if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    // Stripping commas and spaces from the ends drops pieces of spaces alone there.
    let only_spaces = |piece: &String| piece.chars().all(|c| c == ' ');
    while pieces.len() > 1 && pieces.first().is_some_and(only_spaces) {
        pieces.remove(0);
    }
    while pieces.len() > 1 && pieces.last().is_some_and(only_spaces) {
        pieces.pop();
    }
    let mut numbers = Vec::new();
    for piece in pieces {
        let piece = piece.trim();
        let (negative, digits) = match piece.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            all => (false, all),
        };
        let (mut number, mut last) = (0_i64, b'_');
        for digit in digits {
            match digit {
                b'0'..=b'9' => number = number * 10 + i64::from(digit - b'0'),
                b'_' if last != b'_' => {}
                _ => return None,
            }
            last = *digit;
        }
        if last == b'_' {
            return None;
        }
        numbers.push(if negative { -number } else { number });
    }
    (numbers.len() == 10).then_some(numbers)
}

/// Replies, and whether the published code counts them.
const REPLIES: [(&str, bool); 56] = [
    ("7,8,6,7,9,8,7,10,9,8", true),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, 8", true),
    ("7 ,8 ,6 ,7 ,9 ,8 ,7 ,10 ,9 ,8", true),
    ("  7, 8, 6, 7, 9, 8, 7, 10, 9, 8  ", true),
    ("\n7, 8, 6, 7, 9, 8, 7, 10, 9, 8\n", true),
    ("\n\n7, 8, 6, 7, 9, 8, 7, 10, 9, 8\n\n\n", true),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, 8,", true),
    (",7, 8, 6, 7, 9, 8, 7, 10, 9, 8, ,", true),
    ("7\n8\n6\n7\n9\n8\n7\n10\n9\n8", true),
    ("7, 8, 6, 7\n9, 8\n7, 10, 9\n8", true),
    ("7, 8, 6, 7\r\n9, 8\r\n7, 10, 9\r\n8\r\n", true),
    ("7,\t8,\t6,\t7,\t9,\t8,\t7,\t10,\t9,\t8", true),
    ("\t7, 8, 6, 7, 9, 8, 7, 10, 9, 8\t", true),
    ("0,0,0,0,0,0,0,0,0,0", true),
    ("10,10,10,10,10,10,10,10,10,10", true),
    ("07, 08, 06, 07, 09, 08, 07, 010, 09, 08", true),
    ("+7, 8, 6, 7, 9, 8, 7, 10, 9, 8", true),
    ("7, 8, 6, 7, 9, 8, 7, 11, 9, 8", true),
    ("7, 8, 6, 7, 9, 8, 7, 100, 9, 8", true),
    ("7, 8, 6, 7, 9, 8, 7, -3, 9, 8", true),
    ("7, 8, 6, 7, 9, 8, 7, 1_0, 9, 8", true),
    ("7\u{a0}, 8, 6, 7, 9, 8, 7, 10, 9, 8", true),
    ("", false),
    (",", false),
    ("8", false),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9", false),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, 8, 8", false),
    ("7.5, 8, 6, 7, 9, 8, 7, 10, 9, 8", false),
    ("7.0, 8.0, 6.0, 7.0, 9.0, 8.0, 7.0, 10.0, 9.0, 8.0", false),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, 8.", false),
    ("7 8 6 7 9 8 7 10 9 8", false),
    ("7; 8; 6; 7; 9; 8; 7; 10; 9; 8", false),
    ("[7, 8, 6, 7, 9, 8, 7, 10, 9, 8]", false),
    ("(7, 8, 6, 7, 9, 8, 7, 10, 9, 8)", false),
    ("```\n7, 8, 6, 7, 9, 8, 7, 10, 9, 8\n```", false),
    ("Scores: 7, 8, 6, 7, 9, 8, 7, 10, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, 8 (similar overall)", false),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, 8\nThe pages are alike.", false),
    ("Sure! Here they are:\n7, 8, 6, 7, 9, 8, 7, 10, 9, 8", false),
    ("Visual Structure and Alignment: 7, 8, 6, 7\nColor: 9, 8\nText: 7, 10, 9\nUI: 8", false),
    ("Layout Consistency: 7\nElement Alignment: 8", false),
    ("1. 7\n2. 8\n3. 6\n4. 7\n5. 9\n6. 8\n7. 7\n8. 10\n9. 9\n10. 8", false),
    ("7/10, 8/10, 6/10, 7/10, 9/10, 8/10, 7/10, 10/10, 9/10, 8/10", false),
    ("7, 8, 6, 7\n\n9, 8\n\n7, 10, 9\n\n8", false),
    ("7, 8, 6, 7,\n9, 8,\n7, 10, 9,\n8", false),
    ("7, 8, , 6, 7, 9, 8, 7, 10, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, 8\n\t", false),
    ("7, 8, 6, 7, 9, 8, 7, 10, 9, N/A", false),
    ("seven, 8, 6, 7, 9, 8, 7, 10, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, 1 0, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, 1__0, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, _10, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, - 3, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, 1e1, 9, 8", false),
    ("7, 8, 6, 7, 9, 8, 7, 0xA, 9, 8", false),
    ("I'm sorry, but I can't compare these images.", false),
];

#[test]
fn compat_reads_a_reply_as_the_published_rule_does() {
    for (reply, counts) in REPLIES {
        let rule = published(reply).map(|ten| ten.into_iter().map(|n| n as f64).collect());
        assert_eq!(rule.is_some(), counts, "{reply:?}");
        let ours = read(Form::Compat, reply).ok().map(Vec::from);
        assert_eq!(ours, rule, "{reply:?}");
    }
}

#[test]
fn compat_reads_digits_of_other_scripts_and_no_number_past_a_float() {
    let ten = [7.0, 8.0, 6.0, 7.0, 9.0, 8.0, 7.0, 10.0, 9.0, 8.0];
    for reply in ["７,８,６,７,９,８,７,１０,９,８", "٧,٨,٦,٧,٩,٨,٧,١٠,٩,٨"] {
        assert_eq!(read(Form::Compat, reply), Ok(ten), "{reply}");
    }
    for digits in [400, 5_000] {
        let reply = format!("{},8,6,7,9,8,7,10,9,8", "9".repeat(digits));
        assert!(read(Form::Compat, &reply).is_err());
    }
    assert!(read(Form::Compat, "②,8,6,7,9,8,7,10,9,8").is_err());
}

fn object(values: [&str; 10]) -> String {
    let pairs = CRITERIA.iter().zip(values).map(|(c, value)| format!("\"{}\": {value}", c.name));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

#[test]
fn v1_reads_decimals_by_name_and_not_by_place() {
    let values = ["7.5", "8", "6.25", "7", "9", "\"8.5\"", "7", "\"10/10\"", "0", "8"];
    let ten = [7.5, 8.0, 6.25, 7.0, 9.0, 8.5, 7.0, 10.0, 0.0, 8.0];
    let text = object(values);
    assert_eq!(read(Form::V1, &text), Ok(ten));
    let mut pairs: Vec<&str> = text.trim_matches(['{', '}']).split(", ").collect();
    pairs.reverse();
    assert_eq!(read(Form::V1, &format!("Sure:\n```json\n{{{}}}```", pairs.join(", "))), Ok(ten));
}

#[test]
fn v1_takes_no_answer_with_a_criterion_missing_or_out_of_range() {
    let good = ["5"; 10];
    for bad in ["10.5", "-1", "null", "NaN", "\"good\"", "[5]"] {
        let mut values = good;
        values[3] = bad;
        assert!(read(Form::V1, &object(values)).is_err(), "{bad}");
    }
    let lacking = object(good).replace("visual_harmony", "visual harmony");
    let error = read(Form::V1, &lacking).expect_err("a criterion is missing");
    assert_eq!(error.lacks, "`visual_harmony` is missing");
    assert!(read(Form::V1, "7,8,6,7,9,8,7,10,9,8").is_err());
}

fn png(byte: u8) -> Png {
    Png(std::sync::Arc::from([byte; 4].as_slice()))
}

#[test]
fn the_reference_is_shown_first_and_no_name_of_a_file_is_told() {
    for form in [Form::Compat, Form::V1] {
        let request = question(form, &png(1), &png(2));
        let images: Vec<&Png> = request
            .parts
            .iter()
            .filter_map(|part| match part {
                RequestPart::Image(png) => Some(png),
                RequestPart::Text(_) => None,
            })
            .collect();
        assert_eq!(images, [&png(1), &png(2)]);
        assert_eq!(request, question(form, &png(1), &png(2)));
        assert_ne!(request, question(form, &png(2), &png(1)));
        let RequestPart::Text(words) = &request.parts[0] else { panic!("words come first") };
        let places: Vec<usize> = CRITERIA
            .iter()
            .map(|c| words.find(&c.name.replace('_', " ")).expect("every criterion is asked for"))
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}

#[test]
fn the_schema_is_strict_and_names_the_ten_in_published_order() {
    let AnswerForm::Json { name, schema } = question(Form::V1, &png(1), &png(2)).form else {
        panic!("v1 asks for JSON");
    };
    assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && name.len() <= 64);
    let value: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let names: Vec<&str> =
        value["required"].as_array().unwrap().iter().filter_map(|v| v.as_str()).collect();
    assert_eq!(names, CRITERIA.map(|c| c.name));
    assert_eq!(value["additionalProperties"], false);
    assert_eq!(value["properties"].as_object().unwrap().len(), 10);
    let places: Vec<usize> =
        names.iter().map(|n| schema.find(&format!("\"{n}\":")).unwrap()).collect();
    assert!(places.is_sorted());
}

fn value(scores: &pageloom_schema::Scores, id: &str) -> f64 {
    scores.value(id).unwrap_or_else(|| panic!("{id} has no value"))
}

#[test]
fn one_answer_is_what_the_judge_says_and_the_published_sums() {
    let ten = [7.5, 8.0, 6.0, 7.0, 9.0, 8.0, 7.0, 10.0, 9.0, 8.0];
    let scores = scores(Form::V1, &[ten]);
    let ids: Vec<&str> = scores.scores.iter().map(|s| s.metric.as_str()).collect();
    let cards = metrics(Form::V1);
    assert_eq!(ids, cards.iter().map(|m| m.id).collect::<Vec<_>>());
    assert_eq!(ids.len(), 15);
    for (criterion, expected) in CRITERIA.iter().zip(ten) {
        assert_eq!(value(&scores, &format!("wcgb.{}", criterion.name)), expected);
    }
    assert_eq!(value(&scores, "wcgb.vsa"), 7.125);
    // The mean of 7.125, 8.5, 26 / 3 and 8.
    assert_eq!(value(&scores, "overall"), 8.072917);
    assert_eq!(scores.get("wcgb.layout_consistency").unwrap().explanation, "the judge says 7.5");
    assert!(scores.scores.iter().all(|s| s.range == [0.0, 10.0] && s.version == 1));
}

#[test]
fn repeated_answers_are_averaged_and_held_against_each_other() {
    let scores = scores(Form::V1, &[[8.0; 10], [6.0; 10], [7.0; 10]]);
    assert_eq!(value(&scores, "wcgb.ui_consistency"), 7.0);
    assert_eq!(value(&scores, "overall"), 7.0);
    assert_eq!(value(&scores, "judge.spread"), 1.0);
    // 8-7 and 6-7 agree, 8-6 does not.
    assert!((value(&scores, "judge.agreement") - 2.0 / 3.0).abs() < 1e-6);
    let why = &scores.get("wcgb.ui_consistency").unwrap().explanation;
    assert_eq!(why, "mean of 3 answers: 8, 6, 7");
    assert_eq!(scores.scores.len(), 17);
}

#[test]
fn equal_answers_have_no_spread_and_agree_wholly() {
    let scores = scores(Form::Compat, &[[3.0; 10], [3.0; 10]]);
    assert_eq!(value(&scores, "judge.spread"), 0.0);
    assert_eq!(value(&scores, "judge.agreement"), 1.0);
}

#[test]
fn a_number_out_of_range_counts_in_compat_as_published_and_says_so() {
    let ten = read(Form::Compat, "20,0,0,0,0,0,0,0,0,0").unwrap();
    let scores = scores(Form::Compat, &[ten]);
    assert_eq!(value(&scores, "wcgb.vsa"), 5.0);
    assert!(scores.get("wcgb.layout_consistency").unwrap().explanation.contains("as published"));
}

#[test]
fn without_an_answer_nothing_has_a_value() {
    for scores in [scores(Form::V1, &[]), missing(Form::Compat, "the judge was not asked")] {
        assert_eq!(scores.scores.len(), 15);
        assert!(scores.scores.iter().all(|s| s.value.is_none() && !s.explanation.is_empty()));
    }
}

#[test]
fn a_page_that_was_not_rendered_is_zero_in_v1_and_nowhere_in_compat() {
    let fault = PageFault { kind: PageFaultKind::ScriptHang, detail: "15 s".into() };
    let named = |s: &Score| s.explanation.contains("script_hang");
    let v1 = page_fault_scores(Form::V1, &fault);
    assert!(v1.scores.iter().all(|s| s.value == Some(0.0) && named(s)));
    let compat = page_fault_scores(Form::Compat, &fault);
    assert!(compat.scores.iter().all(|s| s.value.is_none() && named(s)));
    assert_eq!(v1.scores.len(), compat.scores.len());
}

#[test]
fn both_judges_stand_side_by_side_without_a_name_twice() {
    let fault = PageFault { kind: PageFaultKind::Crashed, detail: String::new() };
    let local = renamed_local(crate::score_fault(&fault, None));
    let judged = scores(Form::V1, &[[5.0; 10], [6.0; 10]]);
    let mut ids: Vec<&str> =
        local.scores.iter().chain(&judged.scores).map(|s| s.metric.as_str()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert_eq!(ids.iter().filter(|id| id.starts_with("local.")).count(), 15);
    assert!(local.get("local.overall").is_some() && local.get("local.vsa").is_some());
    assert!(local.get("ssim").is_some(), "other metrics keep their names");
}
