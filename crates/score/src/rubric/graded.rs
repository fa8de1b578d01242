//! `pageloom/v1`: six graded stages in 0..=1, each entered through the gate of the one before.

use std::collections::BTreeSet;

use pageloom_schema::{
    Capture, ConsoleLevel, ConsoleMessage, ControlOutcome, Finding, LookSource, RequestOutcome,
    RewardTerm, RouteTrace, Score, Severity, SiteTrace, Stage,
};

use super::{Course, Weights, absent, measured};

/// What an answer with an error of its own is worth, of what a sound one is.
const FAULTY_ANSWER: f64 = 0.4;
/// What one warning about the answer takes.
const WARNING: f64 = 0.1;
/// What a route is worth that shows something beside an uncaught exception, without a script or style
/// sheet that it asked another host for, or only in some windows.
const SHAKEN_ROUTE: f64 = 0.5;
/// What a route is worth that writes errors to the console as it is loaded.
const COMPLAINING_ROUTE: f64 = 0.75;

/// Under this share of distinct routes, they are said to be alike.
const ALIKE: f64 = 0.75;

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
    let none = extraction.findings.iter().any(Finding::is_no_answer);
    let value = match (files, errors) {
        _ if none || files == 0 => 0.0,
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
    findings.extend(trace.routes.iter().filter_map(complaint));
    findings.extend(blank_windows(trace));
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

/// The first error of a script that a route wrote to the console.
fn complaint(route: &RouteTrace) -> Option<Finding> {
    let capture = route.desktop()?;
    // An error that was caught and told, as React does; a refused or missing file is counted elsewhere.
    let is_error = |message: &&ConsoleMessage| {
        let first = message.text.lines().next().unwrap_or_default();
        message.level == ConsoleLevel::Error
            && first.contains("Error: ")
            && !first.contains("net::")
    };
    let error = capture.console.iter().find(is_error)?;
    let line: String = error.text.lines().next().unwrap_or_default().chars().take(160).collect();
    let message = format!("{line}: on {}", route.path);
    Some(Finding::new("console_error", Severity::Warning, message))
}

/// The windows in which a route shows nothing.
fn blank_windows(trace: &SiteTrace) -> Vec<Finding> {
    let told = trace.routes.iter().filter(|route| !route.blank && !route.blank_at.is_empty());
    let told = told.map(|route| {
        let widths: Vec<String> = route.blank_at.iter().map(u32::to_string).collect();
        let message = format!("{} shows nothing at {} px", route.path, widths.join(", "));
        Finding::new("blank_at_width", Severity::Error, message)
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
    let lacks = |capture: &Capture| {
        capture.requests.iter().any(|request| {
            request.outcome == RequestOutcome::Refused
                && matches!(request.resource.as_str(), "Script" | "Stylesheet")
        })
    };
    let threw = |capture: &Capture| !capture.exceptions.is_empty();
    let shaken = route.captures.iter().any(|capture| threw(capture) || lacks(capture));
    match (shaken || !route.blank_at.is_empty(), complaint(route)) {
        (true, _) => SHAKEN_ROUTE,
        (false, Some(_)) => COMPLAINING_ROUTE,
        (false, None) => 1.0,
    }
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
    let factor = factor(&weights.function_factors, course, &mut scores);
    let explanation = format!("weighted mean of {applied} probes that apply, times {factor:.3}");
    let mut term = measured(Stage::Function.code(), weight, sum / whole * factor, explanation);
    term.scores = scores;
    let mut findings = course.trace.as_ref().map(breaking_controls).unwrap_or_default();
    let distinct = course.probe("probe.routes_distinct");
    if let Some(score) = distinct.filter(|score| score.value.is_some_and(|value| value < ALIKE)) {
        let message = score.explanation.clone();
        findings.push(Finding::new("routes_alike", Severity::Warning, message));
    }
    term.findings = kept(&findings);
    term
}

/// The product of the probes that apply; those that the term does not show yet are added to it.
fn factor(ids: &[String], course: &Course, scores: &mut Vec<Score>) -> f64 {
    let mut factor = 1.0;
    for id in ids {
        let Some(score) = course.probe(id) else { continue };
        factor *= score.value.unwrap_or(1.0);
        if scores.iter().all(|shown| shown.metric != score.metric) {
            scores.push(score.clone());
        }
    }
    factor
}

/// The controls that the page came to its end with.
fn breaking_controls(trace: &SiteTrace) -> Vec<Finding> {
    let broke = trace.controls.iter().filter(|c| c.outcome == ControlOutcome::Fault);
    let told = broke.map(|control| {
        let message = format!("{} `{}` breaks the page", control.role, control.name);
        Finding::new("control_breaks_page", Severity::Error, message)
    });
    told.collect()
}

fn look(weights: &Weights, course: &Course, weight: f64) -> RewardTerm {
    let Some(look) = course.look() else {
        return absent(Stage::Look.code(), weight, "nobody looked");
    };
    let mut scores = look.scores.to_vec();
    let factor = factor(&weights.look_factors, course, &mut scores);
    let who = match look.source {
        LookSource::Judge => "a judge",
        LookSource::Local => "local measures, no judge",
    };
    let explanation = format!("{:.3} by {who}, times {factor:.3}", look.value);
    let mut term = measured(Stage::Look.code(), weight, look.value * factor, explanation);
    term.scores = scores;
    term.findings = kept(look.findings);
    term
}
