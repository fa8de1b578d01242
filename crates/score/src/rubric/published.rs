//! The two published forms of the reward of WebGen-R1 (arXiv 2604.20398): the paper's and that of
//! the released code. Both lie in 0..=5.2. Where no judge looks, the local measures stand in, times
//! five, and the reward says so.

use pageloom_schema::{LookSource, RewardTerm, Severity};

use super::{Course, absent, measured};

/// The weight of each of the two lesser terms.
const LESSER: f64 = 0.1;

fn static_compliance(course: &Course) -> Option<f64> {
    course.compliance.as_ref().map(|report| report.compat.static_compliance)
}

/// `s_vis + 0.1 s_func + 0.1 s_cot`, all of it zero when static compliance, the build or the render
/// fails.
pub(super) fn paper(course: &Course) -> Vec<RewardTerm> {
    let gate = if static_compliance(course) != Some(1.0) {
        Some("static compliance fails")
    } else if !matches!(course.build, Some(Ok(_))) {
        Some("it does not build")
    } else if !course.renders() {
        Some("it does not render")
    } else {
        None
    };
    if let Some(gate) = gate {
        let zero = |name: &str, weight| measured(name, weight, 0.0, gate.to_owned());
        return vec![zero("s_vis", 1.0), zero("s_func", LESSER), zero("s_cot", LESSER)];
    }
    let errors = course
        .trace
        .iter()
        .flat_map(|trace| &trace.routes)
        .flat_map(|route| &route.captures)
        .map(|capture| capture.exceptions.len() + capture.console_errors())
        .sum::<usize>();
    let clean = f64::from(u8::from(errors == 0));
    let reasoned = course.extraction.reasoning.as_ref().is_some_and(|text| !text.trim().is_empty());
    let sound = !course
        .extraction
        .findings
        .iter()
        .any(|found| found.severity != Severity::Note && found.check == "think_open");
    let cot = f64::from(u8::from(reasoned && sound));
    vec![
        appearance("s_vis", course),
        measured("s_func", LESSER, clean, format!("{errors} runtime and console errors")),
        measured("s_cot", LESSER, cot, "reasoning inside the think tags".to_owned()),
    ]
}

/// `appearance + 0.1 static compliance + 0.1 format`; the appearance is zero when static compliance
/// fails. There is no term for the build or the console.
pub(super) fn code(course: &Course) -> Vec<RewardTerm> {
    let (compliance, format, reasons) = match &course.compliance {
        Some(report) => {
            let compat = &report.compat;
            (compat.static_compliance, compat.format, compat.reasons.join("; "))
        }
        None => (0.0, 0.0, "nothing was checked".to_owned()),
    };
    let look = if compliance == 1.0 && course.renders() {
        appearance("web_appearance", course)
    } else {
        measured("web_appearance", 1.0, 0.0, "not compliant, or nothing to see".to_owned())
    };
    vec![
        look,
        measured("web_code_format", LESSER, compliance, reasons.clone()),
        measured("format", LESSER, format, reasons),
    ]
}

fn appearance(name: &str, course: &Course) -> RewardTerm {
    let Some(look) = course.look() else { return absent(name, 1.0, "nobody looked") };
    let who = match look.source {
        LookSource::Judge => "a judge's grade",
        LookSource::Local => "local measures times 5, no judge",
    };
    let mut term = measured(name, 1.0, look.value * 5.0, who.to_owned());
    term.scores = look.scores.to_vec();
    term.findings = look.findings.iter().take(RewardTerm::MAX_FINDINGS).cloned().collect();
    term
}
