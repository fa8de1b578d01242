use pageloom_schema::{AnswerSource, Event, Exchange};

use super::{Usage, whole};

/// An exchange as a run log holds it.
fn exchange(task: &str, key: &str, source: &str, rest: &str) -> Exchange {
    let line = format!(
        r#"{{"event":"asked","task":"{task}","purpose":"judge","model":"fake:judge","key":"{key}",
        "request":"aa/aaaaaaaa.json","reply":"bb/bbbbbbbb.json","source":"{source}",{rest}}}"#
    );
    match Event::from_line(line.as_bytes()) {
        Ok(Event::Asked(exchange)) => *exchange,
        other => panic!("{other:?}"),
    }
}

const PRICED: &str = r#""finish":"complete","tokens":{"input":1200,"output":34},"cost":0.0125,"attempts":1,"seconds":0.5"#;
const RETRIED: &str = r#""finish":"cut_off","tokens":{"input":1000,"output":66},"cost":0.01,"attempts":3,"seconds":2.5"#;
const UNPRICED: &str = r#""finish":"refused","tokens":null,"cost":null,"attempts":1,"seconds":0.5"#;

fn line(exchanges: &[Exchange]) -> String {
    Usage::sum(exchanges).line().unwrap_or_default()
}

#[test]
fn what_the_endpoint_answered_is_paid() {
    let asked = [exchange("a", "1", "endpoint", PRICED), exchange("b", "2", "endpoint", RETRIED)];
    assert_eq!(
        line(&asked),
        "2 questions, 2 asked in 4 attempts, 2,200 + 100 tokens, $0.0225, 1 cut off"
    );
}

#[test]
fn answers_that_were_there_are_worth_something_and_cost_nothing() {
    let replayed = [exchange("a", "1", "replay", PRICED), exchange("b", "2", "replay", PRICED)];
    let usage = Usage::sum(&replayed);
    assert_eq!(
        usage.line().as_deref(),
        Some("2 questions, none asked (2 from the run that is replayed), worth $0.0250")
    );
    assert_eq!((usage.total.cost, usage.total.input_tokens, usage.total.attempts), (0.0, 0, 0));
    let mixed = [
        exchange("a", "1", "endpoint", PRICED),
        exchange("b", "2", "cache", PRICED),
        exchange("c", "1", "run", PRICED),
    ];
    assert_eq!(
        line(&mixed),
        "3 questions, 1 asked in 1 attempt (1 from other runs, 1 from this run), \
         1,200 + 34 tokens, $0.0125, the others worth $0.0250"
    );
}

#[test]
fn an_answer_taken_up_again_by_a_resumed_run_is_no_new_question() {
    let resumed = [
        exchange("a", "1", "endpoint", PRICED),
        exchange("a", "1", "run", PRICED),
        exchange("a", "1", "run", PRICED),
    ];
    let usage = Usage::sum(&resumed);
    assert_eq!((usage.total.questions, usage.total.from_run), (1, 0));
    assert_eq!(usage, Usage::sum(&resumed[..1]));
}

#[test]
fn a_question_that_is_paid_twice_is_one_question() {
    let again = [exchange("a", "1", "endpoint", PRICED), exchange("a", "1", "endpoint", PRICED)];
    assert_eq!(line(&again), "1 question, 2 asked in 2 attempts, 2,400 + 68 tokens, $0.0250");
}

#[test]
fn a_price_that_is_not_known_is_no_price_of_nothing() {
    let one = [exchange("a", "1", "endpoint", PRICED), exchange("b", "2", "endpoint", UNPRICED)];
    assert_eq!(
        line(&one),
        "2 questions, 2 asked in 2 attempts, 1,200 + 34 tokens (1 unknown), \
         $0.0125 (1 of unknown price), 1 refused"
    );
    assert_eq!(Usage::sum(&one).total.full_cost(), None);
    assert_eq!(
        line(&one[1..]),
        "1 question, 1 asked in 1 attempt, tokens unknown, price unknown, 1 refused"
    );
    let free = [exchange("a", "1", "cache", UNPRICED)];
    assert_eq!(line(&free), "1 question, none asked (1 from other runs), worth unknown, 1 refused");
}

#[test]
fn usage_is_told_by_purpose_and_model() {
    let mut mixed =
        vec![exchange("a", "1", "endpoint", PRICED), exchange("b", "2", "cache", PRICED)];
    mixed[1].purpose = "candidate".to_owned();
    mixed[1].model = "__proto__".to_owned();
    let usage = Usage::sum(&mixed);
    let names: Vec<_> =
        usage.parts.iter().map(|part| (part.purpose.as_str(), part.model.as_str())).collect();
    assert_eq!(names, [("candidate", "__proto__"), ("judge", "fake:judge")]);
    assert_eq!((usage.parts[0].tally.asked, usage.parts[1].tally.asked), (0, 1));
    assert_eq!(usage.total.questions, 2);
}

#[test]
fn what_a_log_claims_cannot_break_the_sums() {
    let mut claims: Vec<Exchange> =
        (0..3).map(|key| exchange("a", &key.to_string(), "endpoint", PRICED)).collect();
    for claim in &mut claims {
        claim.cost = Some(f64::MAX);
        claim.attempts = u32::MAX;
        claim.tokens = Some(pageloom_schema::Tokens { input: u64::MAX, output: u64::MAX });
    }
    let total = Usage::sum(&claims).total;
    assert!(total.cost.is_finite());
    assert_eq!(total.input_tokens, u64::MAX);
    claims[0].cost = Some(-5.0);
    claims[0].source = AnswerSource::Cache;
    assert_eq!(Usage::sum(&claims).total.worth, 0.0);
}

#[test]
fn nothing_asked_says_nothing() {
    assert_eq!(Usage::sum(&[]).line(), None);
}

#[test]
fn digits_stand_in_threes() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(whole), ["0", "999", "1,000", "1,234,567"]);
}
