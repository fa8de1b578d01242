//! `pageloom/v1`: six graded stages in 0..=1, each entered through the gate of the one before.

use std::collections::BTreeSet;

use pageloom_schema::{
    Finding, RequestOutcome, RewardTerm, RouteTrace, Severity, SiteTrace, Stage,
};

use super::{Course, Weights, absent, measured};

/// What an answer with an error of its own is worth, of what a sound one is.
const FAULTY_ANSWER: f64 = 0.4;
/// What one warning about the answer takes.
const WARNING: f64 = 0.1;
/// What a route that shows something beside an uncaught exception is worth.
const SHAKEN_ROUTE: f64 = 0.5;

/// The six terms.
pub(super) fn terms(weights: &Weights, course: &Course) -> Vec<RewardTerm> {
    let mut open = true;
    Stage::ALL
        .into_iter()
        .map(|stage| {
            let weight = weights.of(stage);
            if !open {
                return absent(stage.code(), weight, "an earlier stage did not pass");
            }
            let term = match stage {
                Stage::Extract => extract(course, weight),
                Stage::Comply => comply(course, weight),
                Stage::Build => build(course, weight),
                Stage::Render => render(course, weight),
                Stage::Function => function(weights, course, weight),
                Stage::Look => look(weights, course, weight),
            };
            open = match stage {
                Stage::Extract => course.extraction.is_acceptable(),
                Stage::Comply => course.complies(),
                Stage::Build => matches!(course.build, Some(Ok(_))),
                Stage::Render => course.renders(),
                Stage::Function | Stage::Look => true,
            };
            term
        })
        .collect()
}

fn kept(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().take(RewardTerm::MAX_FINDINGS).cloned().collect()
}

fn extract(course: &Course, weight: f64) -> RewardTerm {
    let extraction = &course.extraction;
    let count =
        |severity| extraction.findings.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let files = extraction.project.files().len();
    let value = match (files, errors) {
        (0, _) => 0.0,
        (_, 0) => (1.0 - WARNING * warnings as f64).max(0.5),
        _ => FAULTY_ANSWER,
    };
    let explanation = format!("{files} files, {errors} errors, {warnings} warnings");
    let mut term = measured(Stage::Extract.code(), weight, value, explanation);
    term.findings = kept(&extraction.findings);
    term
}

fn comply(course: &Course, weight: f64) -> RewardTerm {
    let Some(report) = &course.compliance else {
        return absent(Stage::Comply.code(), weight, "nothing was checked");
    };
    let passed = report.checks.iter().filter(|check| check.passed).count();
    let value = passed as f64 / report.checks.len().max(1) as f64;
    let failed: Vec<&str> =
        report.checks.iter().filter(|check| !check.passed).map(|check| check.id.as_str()).collect();
    let mut explanation = format!("{passed} of {} checks pass", report.checks.len());
    if !failed.is_empty() {
        explanation += &format!("; not {}", failed.join(", "));
    }
    let mut term = measured(Stage::Comply.code(), weight, value, explanation);
    let mut findings: Vec<Finding> = report.findings().cloned().collect();
    findings.sort_by_key(|found| std::cmp::Reverse(found.severity));
    term.findings = kept(&findings);
    term
}

fn build(course: &Course, weight: f64) -> RewardTerm {
    match &course.build {
        None => absent(Stage::Build.code(), weight, "nothing was built"),
        Some(Ok(_)) => measured(Stage::Build.code(), weight, 1.0, "it builds".to_owned()),
        Some(Err(problems)) => {
            let first = problems.first().map_or("it does not build", |problem| &problem.message);
            let mut term = measured(Stage::Build.code(), weight, 0.0, first.to_owned());
            term.problems = problems.iter().take(RewardTerm::MAX_FINDINGS).cloned().collect();
            term
        }
    }
}

fn render(course: &Course, weight: f64) -> RewardTerm {
    let Some(trace) = course.trace.as_ref().filter(|trace| !trace.routes.is_empty()) else {
        let why = course
            .fault
            .as_ref()
            .map_or_else(|| "nothing was opened".to_owned(), ToString::to_string);
        return match course.fault {
            Some(pageloom_schema::Fault::Page(_)) => {
                measured(Stage::Render.code(), weight, 0.0, why)
            }
            _ => absent(Stage::Render.code(), weight, &why),
        };
    };
    let values: Vec<f64> = trace.routes.iter().map(of_route).collect();
    let mut value = values.iter().sum::<f64>() / values.len() as f64;
    // A site whose entry shows nothing has not been rendered, whatever else it has.
    if !course.renders() {
        value = 0.0;
    }
    let sound = values.iter().filter(|value| **value == 1.0).count();
    let mut explanation = format!("{sound} of {} routes are sound", values.len());
    let first = trace.routes.first();
    if let Some(reason) = first.and_then(why_not) {
        explanation += &format!("; the entry {reason}");
    }
    let mut term = measured(Stage::Render.code(), weight, value, explanation);
    let mut findings = uncaught_errors(trace);
    findings.extend(refused_hosts(trace));
    term.findings = kept(&findings);
    term
}

/// The first uncaught error of each route.
fn uncaught_errors(trace: &SiteTrace) -> Vec<Finding> {
    let told = trace.routes.iter().filter_map(|route| {
        let error = route.captures.iter().find_map(|capture| capture.exceptions.first())?;
        let line: String = error.lines().next().unwrap_or_default().chars().take(160).collect();
        let message = format!("{line}: on {}", route.path);
        Some(Finding::new("uncaught_error", Severity::Error, message))
    });
    told.collect()
}

/// The hosts that the site asked for and did not get: a site must need none but its own.
fn refused_hosts(trace: &SiteTrace) -> Vec<Finding> {
    let captures = trace.routes.iter().flat_map(|route| &route.captures);
    let refused = captures
        .flat_map(|capture| &capture.requests)
        .filter(|request| request.outcome == RequestOutcome::Refused);
    let hosts: BTreeSet<&str> = refused
        .filter_map(|request| {
            let (_, rest) = request.url.split_once("://")?;
            rest.split(['/', '?', '#']).next()
        })
        .collect();
    let told = hosts.into_iter().map(|host| {
        let message = format!("the site asks for `{host}`, and is refused");
        Finding::new("external_request", Severity::Warning, message)
    });
    told.collect()
}

fn why_not(route: &RouteTrace) -> Option<String> {
    if let Some(fault) = &route.fault {
        return Some(format!("has a {fault}"));
    }
    if let Some(overlay) = &route.overlay {
        return Some(format!("shows an error: {overlay}"));
    }
    if route.blank {
        return Some("is blank".to_owned());
    }
    route.desktop().and_then(|capture| capture.exceptions.first()).map(|exception| {
        let line: String = exception.lines().next().unwrap_or_default().chars().take(160).collect();
        format!("throws: {line}")
    })
}

fn of_route(route: &RouteTrace) -> f64 {
    if route.fault.is_some() || route.blank || route.overlay.is_some() {
        return 0.0;
    }
    let shaken = route.captures.iter().any(|capture| !capture.exceptions.is_empty());
    if shaken { SHAKEN_ROUTE } else { 1.0 }
}

fn function(weights: &Weights, course: &Course, weight: f64) -> RewardTerm {
    let mut scores = Vec::new();
    let (mut sum, mut whole) = (0.0, 0.0);
    for (id, share) in &weights.function {
        let Some(score) = course.probe(id) else { continue };
        if let Some(value) = score.value {
            sum += value * share;
            whole += share;
        }
        scores.push(score.clone());
    }
    if whole == 0.0 {
        return absent(Stage::Function.code(), weight, "no probe applies");
    }
    let applied = scores.iter().filter(|score| score.value.is_some()).count();
    let explanation = format!("weighted mean of {applied} probes that apply");
    let mut term = measured(Stage::Function.code(), weight, sum / whole, explanation);
    term.scores = scores;
    term
}

fn look(weights: &Weights, course: &Course, weight: f64) -> RewardTerm {
    let Some((value, source, mut scores)) = course.look() else {
        return absent(Stage::Look.code(), weight, "nobody looked");
    };
    let mut factor = 1.0;
    for id in &weights.look_factors {
        if let Some(score) = course.probe(id) {
            factor *= score.value.unwrap_or(1.0);
            scores.push(score.clone());
        }
    }
    let who = match source {
        pageloom_schema::LookSource::Judge => "a judge",
        pageloom_schema::LookSource::Local => "local measures, no judge",
    };
    let explanation = format!("{value:.3} by {who}, times {factor:.3}");
    let mut term = measured(Stage::Look.code(), weight, value * factor, explanation);
    term.scores = scores;
    term
}
