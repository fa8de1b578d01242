//! A client against a real HTTP server that speaks the OpenAI protocol and fails where it is told to.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use pageloom_model::standin::{FaultKind, FaultRule, ReplyRule};
use pageloom_model::{
    AnswerFolder, AnswerStore, Budget, BudgetLimits, Client, ClientOptions, Endpoint, KeptAnswer,
    Keys, Limits, ModelError, Price, Script, Spent, Standin,
};
use pageloom_schema::{AnswerForm, AnswerSource, Finish, ModelRequest, Png, RequestPart, Sampling};

const KEY: &str = "sk-planted-0123456789abcdef";

fn quick() -> ClientOptions {
    ClientOptions {
        timeout: Duration::from_millis(400),
        first_wait: Duration::from_millis(2),
        attempts: 8,
        ..ClientOptions::default()
    }
}

fn keys() -> Keys {
    Keys::from_lookup(|name| (name == "PAGELOOM_API_KEY").then(|| KEY.to_owned()))
}

fn ask(text: &str) -> ModelRequest {
    ModelRequest {
        instructions: "Answer in one word.".to_owned(),
        parts: vec![RequestPart::Text(text.to_owned())],
        form: AnswerForm::Text,
        sampling: Sampling { max_tokens: 64, ..Sampling::default() },
        draw: 0,
    }
}

fn one_pixel() -> Png {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[200, 10, 10]).unwrap();
    Png(Arc::from(bytes))
}

async fn client(standin: &Standin, options: ClientOptions) -> Client {
    client_with(standin, options, Vec::new(), Budget::unlimited(), None).await
}

async fn client_with(
    standin: &Standin,
    options: ClientOptions,
    stores: Vec<Arc<dyn AnswerStore>>,
    budget: Budget,
    price: Option<Price>,
) -> Client {
    let endpoint = Endpoint::parse(&format!("{}#stand-in", standin.url())).unwrap();
    let shared = (Arc::new(budget), Arc::new(Limits::new(&options)));
    Client::connect(endpoint, &keys(), stores, price, shared, options).await.unwrap()
}

fn faulty(kind: FaultKind, share: f64) -> Script {
    Script { fault: vec![FaultRule { share, kind }], ..Script::default() }
}

fn answering(text: &str) -> Script {
    let rule = ReplyRule { contains: String::new(), text: text.to_owned() };
    Script { reply: vec![rule], ..Script::default() }
}

#[tokio::test]
async fn a_question_with_a_picture_is_answered_with_its_tokens() {
    let standin = Standin::start(answering("red"), 0).await.unwrap();
    let client = client(&standin, quick()).await;
    let mut request = ask("Which colour?");
    request.parts.push(RequestPart::Image(one_pixel()));
    let answer = client.ask(&request).await.unwrap();
    assert_eq!(answer.kept.reply.text, "red");
    assert_eq!(answer.kept.reply.finish, Finish::Complete);
    assert!(answer.kept.reply.tokens.unwrap().input > 600, "the picture arrived");
    assert_eq!((answer.source, answer.attempts), (AnswerSource::Endpoint, 1));
}

#[tokio::test]
async fn every_transient_fault_is_asked_again_until_it_is_answered() {
    for kind in [
        FaultKind::Status { status: 408, retry_after: None },
        FaultKind::Status { status: 409, retry_after: None },
        FaultKind::Status { status: 429, retry_after: Some(0) },
        FaultKind::Status { status: 500, retry_after: None },
        FaultKind::Status { status: 529, retry_after: None },
        FaultKind::Hang,
        FaultKind::Disconnect,
        FaultKind::CutOff,
        FaultKind::Malformed,
        FaultKind::NotJson,
    ] {
        let standin = Standin::start(faulty(kind, 0.5), 0).await.unwrap();
        let options = ClientOptions { attempts: 40, ..quick() };
        let client = client(&standin, options).await;
        let mut attempts = 0;
        for number in 0..6 {
            let answer = client.ask(&ask(&format!("yes or no, {number}?"))).await;
            let answer = answer.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
            assert!(["Yes", "No"].contains(&answer.kept.reply.text.as_str()));
            attempts += answer.attempts;
        }
        assert!(attempts > 6, "{kind:?} was met");
        assert_eq!(attempts, standin.asked(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_an_answer() {
    let standin = Standin::start(faulty(FaultKind::Drip { pause_ms: 5 }, 1.0), 0).await.unwrap();
    let answer = client(&standin, quick()).await.ask(&ask("yes or no?")).await.unwrap();
    assert_eq!(answer.attempts, 1);
}

#[tokio::test]
async fn an_endpoint_that_never_answers_is_a_typed_error_after_all_attempts() {
    let kind = FaultKind::Status { status: 503, retry_after: None };
    let standin = Standin::start(faulty(kind, 1.0), 0).await.unwrap();
    let options = ClientOptions { attempts: 3, ..quick() };
    let error = client(&standin, options).await.ask(&ask("why?")).await.unwrap_err();
    assert!(matches!(error, ModelError::Unanswered { attempts: 3, .. }), "{error}");
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(standin.asked(), 3);
}

#[tokio::test]
async fn what_will_not_go_better_is_asked_once() {
    for status in [400, 401, 403, 404, 413] {
        let kind = FaultKind::Status { status, retry_after: None };
        let standin = Standin::start(faulty(kind, 1.0), 0).await.unwrap();
        let error = client(&standin, quick()).await.ask(&ask("why?")).await.unwrap_err();
        assert!(matches!(error, ModelError::Denied { status: said, .. } if said == status));
        assert_eq!(error.ends_the_run(), matches!(status, 401 | 403 | 404));
        assert_eq!(standin.asked(), 1);
    }
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_kept() {
    let kind = FaultKind::Status { status: 429, retry_after: Some(1) };
    let standin = Standin::start(faulty(kind, 0.5), 0).await.unwrap();
    let client = client(&standin, quick()).await;
    for number in 0..20 {
        let started = Instant::now();
        let answer = client.ask(&ask(&format!("yes or no, {number}?"))).await.unwrap();
        if answer.attempts > 1 {
            assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
            return;
        }
    }
    panic!("no question met the fault");
}

#[tokio::test]
async fn cut_off_answers_and_refusals_say_so() {
    for (kind, finish) in
        [(FaultKind::Length, Finish::CutOff), (FaultKind::Refusal, Finish::Refused)]
    {
        let standin = Standin::start(faulty(kind, 1.0), 0).await.unwrap();
        let answer = client(&standin, quick()).await.ask(&ask("yes or no?")).await.unwrap();
        assert_eq!(answer.kept.reply.finish, finish);
    }
}

#[tokio::test]
async fn parameters_that_an_endpoint_will_not_take_are_left_out_and_noted() {
    let script = Script {
        refuses: vec!["temperature".into(), "seed".into(), "response_format".into()],
        ..Script::default()
    };
    let standin = Standin::start(script, 0).await.unwrap();
    let client = client(&standin, quick()).await;
    let schema = r#"{"type":"object","properties":{"grade":{"type":"number"}},"required":["grade"],"additionalProperties":false}"#;
    let form = AnswerForm::Json { name: "grade".to_owned(), schema: schema.to_owned() };
    let answer = client.ask(&ModelRequest { form, ..ask("How good?") }).await.unwrap();
    assert_eq!(answer.kept.without, ["temperature", "seed", "schema"]);
    assert_eq!(answer.attempts, 4);
    assert_eq!(client.ask(&ask("And now?")).await.unwrap().attempts, 1, "it was learnt");
}

#[tokio::test]
async fn equal_questions_are_asked_once_alone_or_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let stores =
        || -> Vec<Arc<dyn AnswerStore>> { vec![Arc::new(AnswerFolder::new(folder.path()))] };
    let standin = Standin::start(Script { latency_ms: 20, ..answering("red") }, 0).await.unwrap();
    let first = client_with(&standin, quick(), stores(), Budget::unlimited(), None).await;
    let request = ask("Which colour?");
    let (a, b, c) = tokio::join!(first.ask(&request), first.ask(&request), first.ask(&request));
    let texts = [a, b, c].map(|answer| answer.unwrap().kept.reply.text);
    assert_eq!(texts, ["red", "red", "red"]);
    assert_eq!(standin.asked(), 1);
    let again = client_with(&standin, quick(), stores(), Budget::unlimited(), None).await;
    assert_eq!(again.ask(&request).await.unwrap().source, AnswerSource::Cache);
    assert_eq!(standin.asked(), 1);
    // Another draw is another answer.
    assert_eq!(
        again.ask(&ModelRequest { draw: 1, ..request }).await.unwrap().source,
        AnswerSource::Endpoint
    );
}

#[tokio::test]
async fn a_recorded_client_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn AnswerStore> = Arc::new(AnswerFolder::new(folder.path()));
    let standin = Standin::start(answering("red"), 0).await.unwrap();
    let online =
        client_with(&standin, quick(), vec![Arc::clone(&store)], Budget::unlimited(), None).await;
    online.ask(&ask("known?")).await.unwrap();
    let endpoint = Endpoint::parse(&format!("{}#stand-in", standin.url())).unwrap();
    let recorded = Client::recorded(endpoint, None, vec![store]);
    assert_eq!(recorded.ask(&ask("known?")).await.unwrap().kept.reply.text, "red");
    let error = recorded.ask(&ask("unknown?")).await.unwrap_err();
    assert!(matches!(error, ModelError::NotRecorded { .. }) && !error.ends_the_run());
    assert_eq!(standin.asked(), 1);
}

#[tokio::test]
async fn a_budget_is_never_overdrawn_by_questions_at_the_same_time() {
    let standin = Standin::start(Script { latency_ms: 2, ..answering("red") }, 0).await.unwrap();
    let price = Price { input: 1_000.0, output: 1_000.0 };
    let limits = BudgetLimits { max_cost: Some(1.2), max_tokens: None };
    let budget = Budget::new(limits, Spent::default());
    let client = Arc::new(client_with(&standin, quick(), Vec::new(), budget, Some(price)).await);
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..200 {
        let client = Arc::clone(&client);
        asked.spawn(async move { client.ask(&ask(&format!("colour {number}?"))).await });
    }
    let results = asked.join_all().await;
    let paid: f64 = results.iter().filter_map(|result| result.as_ref().ok()?.kept.cost).sum();
    let refused = results.iter().filter(|r| matches!(r, Err(ModelError::Budget(_)))).count();
    assert!(paid <= 1.2 && paid > 0.8, "${paid}");
    assert_eq!(results.iter().filter(|result| result.is_ok()).count() + refused, 200);
    assert!(refused > 0);
}

#[tokio::test]
async fn a_budget_in_money_needs_a_price() {
    let standin = Standin::start(Script::default(), 0).await.unwrap();
    let limits = BudgetLimits { max_cost: Some(3.0), max_tokens: None };
    let endpoint = Endpoint::parse(&format!("{}#m", standin.url())).unwrap();
    let budget = Arc::new(Budget::new(limits, Spent::default()));
    let error = Client::connect(
        endpoint,
        &keys(),
        Vec::new(),
        None,
        (budget, Arc::new(Limits::new(&quick()))),
        quick(),
    )
    .await;
    assert!(matches!(error.map(drop), Err(ModelError::NoPrice { .. })));
}

#[tokio::test]
async fn a_url_without_a_name_asks_for_the_only_model() {
    let standin = Standin::start(Script::default(), 0).await.unwrap();
    let connect = async |url: String| {
        let endpoint = Endpoint::parse(&url).unwrap();
        let budget = Arc::new(Budget::unlimited());
        Client::connect(
            endpoint,
            &keys(),
            Vec::new(),
            None,
            (budget, Arc::new(Limits::new(&quick()))),
            quick(),
        )
        .await
    };
    assert_eq!(connect(standin.url()).await.unwrap().served(), "stand-in");
    let several = Script { models: vec!["a".into(), "b".into()], ..Script::default() };
    let standin = Standin::start(several, 0).await.unwrap();
    let error = connect(standin.url()).await.map(drop).unwrap_err().to_string();
    assert!(error.contains("has 2 models: a, b"), "{error}");
}

#[tokio::test]
async fn a_key_that_an_endpoint_repeats_is_taken_out_of_answers_and_errors() {
    let standin = Standin::start(answering(&format!("your key is {KEY}")), 0).await.unwrap();
    let answer = client(&standin, quick()).await.ask(&ask("which key?")).await.unwrap();
    assert_eq!(answer.kept.reply.text, "your key is [key]");
    let kept = serde_json::to_string(&answer.kept).unwrap();
    assert!(!kept.contains(KEY), "{kept}");
    let record = format!("{:?} {}", answer.request, answer.request.to_json(&[]));
    assert!(!record.contains(KEY));
}

#[tokio::test]
async fn a_refused_value_is_no_unknown_parameter_and_refusals_of_all_end_the_run() {
    let message = "max_tokens=64 cannot be greater than max_model_len=32";
    let script = Script { refuses: vec![format!("max_tokens|{message}")], ..Script::default() };
    let standin = Standin::start(script, 0).await.unwrap();
    let client = client(&standin, quick()).await;
    for number in 1..=5 {
        let error = client.ask(&ask(&format!("{number}?"))).await.unwrap_err();
        assert!(matches!(error, ModelError::Denied { status: 400, .. }), "{error}");
        assert!(error.to_string().contains("--answer-tokens"), "{error}");
        assert_eq!(error.ends_the_run(), number == 5);
    }
}

/// A store that finds nothing and keeps nothing.
struct Broken;

impl AnswerStore for Broken {
    fn source(&self) -> AnswerSource {
        AnswerSource::Cache
    }

    fn get(&self, _: &str) -> Result<Option<KeptAnswer>, ModelError> {
        Ok(None)
    }

    fn put(&self, _: &str, _: &KeptAnswer) -> Result<(), ModelError> {
        Err(ModelError::Store("read-only".to_owned()))
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_is_an_answer() {
    let standin = Standin::start(answering("red"), 0).await.unwrap();
    let stores: Vec<Arc<dyn AnswerStore>> = vec![Arc::new(Broken)];
    let client = client_with(&standin, quick(), stores, Budget::unlimited(), None).await;
    assert_eq!(client.ask(&ask("Which colour?")).await.unwrap().kept.reply.text, "red");
}

/// What is promised of a long run against a bad endpoint: every question is answered or has a typed
/// error, the order is kept, and the rate is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_questions_with_a_fifth_of_faults_are_all_answered_in_order() {
    const QUESTIONS: usize = 1_000;
    let rule = |share, kind| FaultRule { share, kind };
    let script = Script {
        fault: vec![
            rule(0.04, FaultKind::Status { status: 429, retry_after: Some(0) }),
            rule(0.04, FaultKind::Status { status: 500, retry_after: None }),
            rule(0.02, FaultKind::Hang),
            rule(0.03, FaultKind::Disconnect),
            rule(0.03, FaultKind::CutOff),
            rule(0.02, FaultKind::Malformed),
            rule(0.01, FaultKind::NotJson),
            rule(0.01, FaultKind::Drip { pause_ms: 2 }),
        ],
        ..Script::default()
    };
    let standin = Standin::start(script, 0).await.unwrap();
    let options = ClientOptions { concurrency: 64, rate: Some(400.0), ..quick() };
    let client = Arc::new(client(&standin, options).await);
    let started = Instant::now();
    let asked: Vec<_> = (0..QUESTIONS)
        .map(|number| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.ask(&ask(&format!("yes or no, {number}?"))).await })
        })
        .collect();
    let mut answered = 0;
    for (number, handle) in asked.into_iter().enumerate() {
        match handle.await.unwrap() {
            Ok(answer) => {
                let question = answer.request.to_json(&[]);
                let text = question.pointer("/parts/0/text").unwrap().as_str().unwrap().to_owned();
                assert_eq!(text, format!("yes or no, {number}?"));
                answered += 1;
            }
            Err(error) => assert!(matches!(error, ModelError::Unanswered { .. }), "{error}"),
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let least = f64::from(standin.asked()) / 400.0;
    println!(
        "{answered} of {QUESTIONS} in {seconds:.2} s, {} requests; the rate allows {least:.2} s",
        standin.asked()
    );
    assert!(answered >= QUESTIONS - 2, "{answered}");
    assert!(standin.asked() > 1_150, "{}", standin.asked());
}
