use pageloom_schema::{
    AnswerKind, BuildErrorClass, CheckResult, CompatVerdict, Dialect, Finding, Project,
    RouteOrigin, RouteTrace, Severity,
};

use super::*;

fn extraction() -> Extraction {
    let mut project = Project::default();
    if let Ok(path) = pageloom_schema::SitePath::new("index.html") {
        project.insert(path, std::sync::Arc::from(&b"<p>"[..]));
    }
    Extraction {
        project,
        commands: Vec::new(),
        id: None,
        title: None,
        reasoning: Some("because".into()),
        kind: AnswerKind::Artifact { dialect: Dialect::Web },
        findings: Vec::new(),
        truncated: false,
        actions: Vec::new(),
    }
}

fn report(compat: f64) -> ComplianceReport {
    ComplianceReport {
        checks: vec![
            CheckResult::new("package_json_valid", Vec::new()),
            CheckResult::new(
                "default_exports",
                vec![Finding::new("default_exports", Severity::Error, "none")],
            ),
        ],
        compat: CompatVerdict { static_compliance: compat, format: 1.0, reasons: Vec::new() },
    }
}

fn score(metric: &str, value: f64) -> Score {
    Score {
        metric: metric.into(),
        version: 1,
        value: Some(value),
        range: [0.0, 1.0],
        explanation: String::new(),
        evidence: Vec::new(),
    }
}

/// Courses that end after each stage, in order.
fn ladder() -> Vec<Course> {
    let mut refused = Course::begun(extraction());
    refused.extraction.findings.push(Finding::new("truncated", Severity::Error, "cut off"));
    let mut checked = Course::begun(extraction());
    checked.compliance = Some(report(1.0));
    let mut broken = checked.clone();
    broken.build = Some(Err(vec![BuildProblem::new(BuildErrorClass::Syntax, "x")]));
    let mut blank = checked.clone();
    blank.build = Some(Ok(Builder::Fast));
    let entry = RouteTrace { blank: true, ..RouteTrace::new("/", RouteOrigin::Entry) };
    blank.trace = Some(SiteTrace { routes: vec![entry], ..SiteTrace::default() });
    let mut shown = blank.clone();
    shown.trace = Some(SiteTrace {
        routes: vec![RouteTrace::new("/", RouteOrigin::Entry)],
        ..SiteTrace::default()
    });
    shown.probes = vec![score("probe.dead_controls", 0.5), score("probe.local_look", 0.4)];
    vec![refused, broken, blank, shown]
}

fn value(rubric: &Rubric, course: &Course) -> f64 {
    reward(rubric, course).value.expect("no system fault")
}

#[test]
fn each_further_stage_is_worth_more() {
    let rubric = Rubric::find("pageloom/v1").expect("it is built in");
    let values: Vec<f64> = ladder().iter().map(|course| value(&rubric, course)).collect();
    assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:?}");
    assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
    let stages: Vec<Option<Stage>> = ladder().iter().map(Course::stage).collect();
    assert_eq!(stages, [None, Some(Stage::Comply), Some(Stage::Build), Some(Stage::Look)]);
}

#[test]
fn a_stage_behind_a_shut_gate_adds_nothing() {
    let rubric = Rubric::find("pageloom/v1").expect("it is built in");
    let mut blank = ladder().remove(2);
    let before = value(&rubric, &blank);
    blank.probes = vec![score("probe.dead_controls", 1.0), score("probe.local_look", 1.0)];
    blank.appearance = Some(Appearance::graded(5.0, "the judge says so"));
    assert_eq!(value(&rubric, &blank), before);
    assert_eq!(reward(&rubric, &blank).look, None);
}

#[test]
fn our_own_failure_is_never_a_number() {
    let mut course = ladder().remove(3);
    course.fault = Some(Fault::system(SystemFaultKind::BrowserLost, "gone"));
    for name in Rubric::NAMES {
        let rubric = Rubric::find(name).expect("it is built in");
        assert_eq!(reward(&rubric, &course).value, None, "{name}");
    }
}

#[test]
fn the_published_forms_are_as_published() {
    let (paper, code) = (Rubric::Paper, Rubric::Code);
    let mut course = ladder().remove(3);
    course.appearance = Some(Appearance::graded(4.0, "the judge says so"));
    assert!((value(&paper, &course) - 4.2).abs() < 1e-9);
    assert!((value(&code, &course) - 4.2).abs() < 1e-9);
    course.compliance = Some(report(0.0));
    assert_eq!(value(&paper, &course), 0.0);
    assert!((value(&code, &course) - 0.1).abs() < 1e-9, "the format alone is left");
    let broken = ladder().remove(1);
    assert_eq!(value(&paper, &broken), 0.0);
    assert!((value(&code, &broken) - 0.2).abs() < 1e-9);
}

#[test]
fn a_reward_says_who_looked() {
    let rubric = Rubric::find("pageloom/v1").expect("it is built in");
    let mut course = ladder().remove(3);
    assert_eq!(reward(&rubric, &course).look, Some(LookSource::Local));
    course.appearance = Some(Appearance::graded(3.0, "the judge says so"));
    assert_eq!(reward(&rubric, &course).look, Some(LookSource::Judge));
}

#[test]
fn a_judges_grade_keeps_its_reason_and_what_it_found() {
    let mut course = ladder().remove(3);
    let mut appearance = Appearance::graded(4.0, "the judge says 4; rendering: whole");
    appearance.findings.push(Finding::new("judge_addressed", Severity::Warning, "painted over"));
    course.appearance = Some(appearance);
    for (name, term) in [
        ("pageloom/v1", "look"),
        ("webgen-r1/paper", "s_vis"),
        ("webgen-r1/code", "web_appearance"),
    ] {
        let reward = reward(&Rubric::find(name).expect("it is built in"), &course);
        let term = reward.terms.iter().find(|t| t.name == term).expect("the rubric has a look");
        assert!(!term.explanation.is_empty());
        let score = term.scores.iter().find(|s| s.metric == "judge.appearance").expect("evidence");
        assert_eq!(score.value, Some(4.0));
        assert!(score.explanation.contains("rendering: whole"));
        assert_eq!(term.findings.len(), 1, "{name}");
        assert_eq!(term.findings[0].check, "judge_addressed");
    }
}

#[test]
fn a_judge_that_fails_leaves_no_number_and_no_look_in_its_place() {
    let mut course = ladder().remove(3);
    course.fault = Some(Fault::system(SystemFaultKind::Judge, "unreadable"));
    for name in Rubric::NAMES {
        let reward = reward(&Rubric::find(name).expect("it is built in"), &course);
        assert_eq!((reward.value, reward.look), (None, None), "{name}");
        assert_eq!(reward.fault, course.fault);
    }
}
