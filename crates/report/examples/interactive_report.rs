//! Makes a run of invented interactions, a run of invented tests of websites, and a report of both,
//! for looking at the filmstrip:
//!
//! ```text
//! cargo run -p pageloom-report --example interactive_report -- OUT STEPS [PICTURES]
//! ```
//!
//! STEPS is the length of the longest task. PICTURES is a folder with `candidate-*.png` and
//! `reference-*.png`, taken in turn by name; without it, pages are drawn. Same arguments, same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pageloom_schema::{
    ActionKind, ActionParameters, AssertionResult, Check, CheckOutcome, Direction, Event, Fault,
    GroundingMethod, InteractionTrace, PageFaultKind, Rect, RenderPolicy, Resolution, RunManifest,
    SampleOutcome, SampleResult, Score, Scores, StepFailure, StepOutcome, StepTrace, Target,
    TaskAction, TaskId, TestCase, TestMove, TestTrace, TestVerdict,
};

const PRODUCTS: [&str; 6] = ["Barley tea", "Oolong", "Sencha", "Rooibos", "Assam", "Chamomile"];

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, steps, folders @ ..] = arguments.as_slice() else {
        return Err(io::Error::other("usage: interactive_report OUT STEPS [PICTURES]"));
    };
    let longest: u32 = steps.parse().map_err(io::Error::other)?;
    let out = Path::new(out);
    let pictures = Pictures::read(folders.first().map(Path::new))?;
    let folders = [out.join("interactive"), out.join("websites")];
    interactive(&folders[0], longest, &pictures)?;
    websites(&folders[1], &pictures)?;
    let load = |folder: &PathBuf| pageloom_report::load(folder).map_err(io::Error::other);
    let logs = folders.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let mut stdout = io::stdout().lock();
    for log in &logs {
        writeln!(stdout, "{}", pageloom_report::table(std::slice::from_ref(log), 120))?;
        writeln!(stdout, "{}", pageloom_report::sample_table(log, 120))?;
    }
    let index =
        pageloom_report::write_html(&logs, &out.join("report")).map_err(io::Error::other)?;
    writeln!(stdout, "{}", index.display())
}

/// Pictures of both sides in their order.
struct Pictures {
    sides: [Vec<Vec<u8>>; 2],
}

impl Pictures {
    fn read(folder: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = folder else {
            let drawn = |side| (0..8).map(|state| draw(side, state)).collect::<Result<_, _>>();
            return Ok(Self { sides: [drawn(0)?, drawn(1)?] });
        };
        let mut names: Vec<PathBuf> = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        names.sort();
        let of = |side: &str| {
            let named = |path: &&PathBuf| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(side))
            };
            names.iter().filter(named).map(std::fs::read).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { sides: [of("reference-")?, of("candidate-")?] })
    }

    fn blob(&self, folder: &Path, side: usize, state: u32) -> io::Result<Option<String>> {
        let list = &self.sides[side];
        list.get(state as usize % list.len().max(1))
            .map(|bytes| blob(folder, bytes, "png"))
            .transpose()
    }
}

/// A page of a shop with a bar, six cards, and as many filled ones as `state` says.
fn draw(side: u8, state: u8) -> io::Result<Vec<u8>> {
    let (width, height) = (960_usize, 600_usize);
    let mut pixels = vec![255_u8; width * height * 3];
    let mut fill = |x: usize, y: usize, w: usize, h: usize, colour: [u8; 3]| {
        for row in y..(y + h).min(height) {
            for column in x..(x + w).min(width) {
                let at = (row * width + column) * 3;
                pixels[at..at + 3].copy_from_slice(&colour);
            }
        }
    };
    let bar = if side == 0 { [36, 66, 52] } else { [44, 74, 62] };
    fill(0, 0, width, 64, bar);
    fill(24, 22, 120, 20, [230, 240, 232]);
    fill(790, 18, 146, 28, [240, 200, 110]);
    for card in 0..6_usize {
        let shift = if side == 1 { 6 } else { 0 };
        let (x, y) = (40 + card % 3 * 300 + shift, 100 + card / 3 * 240);
        let chosen = card < usize::from(state);
        fill(x, y, 270, 210, if chosen { [222, 238, 226] } else { [242, 242, 238] });
        fill(x + 16, y + 16, 238, 96, [200 - 12 * card as u8, 208, 180 + 8 * card as u8]);
        fill(x + 16, y + 126, 150, 14, [70, 78, 74]);
        fill(x + 16, y + 148, 100, 10, [150, 156, 152]);
        fill(x + 16, y + 172, 100, 26, bar);
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(bytes)
}

fn blob(folder: &Path, bytes: &[u8], ending: &str) -> io::Result<String> {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    let hash = format!("{hash:016x}");
    let name = format!("{}/{hash}.{ending}", &hash[..2]);
    std::fs::create_dir_all(folder.join("blobs").join(&hash[..2]))?;
    std::fs::write(folder.join("blobs").join(&name), bytes)?;
    Ok(name)
}

fn button(x: f64, y: f64, name: &str, method: GroundingMethod) -> Resolution {
    Resolution {
        method,
        role: "button".to_owned(),
        name: name.to_owned(),
        rect: Rect::new(x, y, 100.0, 26.0),
        score: (method == GroundingMethod::Local).then_some(0.934),
        runner_up: (method == GroundingMethod::Local)
            .then(|| ("Add to wish list".to_owned(), 0.61)),
        explanation: "its name has all words of the description, and its card names the product"
            .to_owned(),
    }
}

/// An action of an invented visit, chosen by its number.
fn action(number: u32) -> (TaskAction, Option<Resolution>, Option<Resolution>) {
    let product = PRODUCTS[number as usize % PRODUCTS.len()];
    let card = f64::from(number % 6);
    let (x, y) = (62.0 + card % 3.0 * 300.0, 272.0 + (card / 3.0).floor() * 240.0);
    let mut parameters = ActionParameters::default();
    let (kind, resolution, destination) = match number % 8 {
        1 | 5 => {
            parameters.description = Some(format!("the “Add to cart” button of {product}"));
            let method =
                if number % 8 == 1 { GroundingMethod::Local } else { GroundingMethod::Marks };
            (ActionKind::Click, Some(button(x, y, "Add to cart", method)), None)
        }
        2 => {
            parameters.description = Some("the search field".to_owned());
            parameters.text = Some("green tea".to_owned());
            let mut field = button(790.0, 18.0, "Search teas", GroundingMethod::Target);
            field.role = "searchbox".to_owned();
            field.rect = Rect::new(790.0, 18.0, 146.0, 28.0);
            (ActionKind::Type, Some(field), None)
        }
        3 => {
            parameters.key = Some("Enter".to_owned());
            (ActionKind::Press, None, None)
        }
        4 => {
            parameters.direction = Some(Direction::Down);
            parameters.scroll_page = Some(0.5);
            (ActionKind::Scroll, None, None)
        }
        6 => {
            parameters.description = Some(format!("the card of {product}"));
            parameters.to = Some("the basket in the corner".to_owned());
            let mut to = button(790.0, 18.0, "Basket", GroundingMethod::Tree);
            to.rect = Rect::new(790.0, 18.0, 146.0, 28.0);
            let mut from = button(x, y - 70.0, product, GroundingMethod::Tree);
            from.role = "listitem".to_owned();
            (ActionKind::Drag, Some(from), Some(to))
        }
        7 => {
            parameters.description = Some("the link “Delivery” at the end of the page".to_owned());
            let mut link = button(40.0, 1_420.0, "Delivery", GroundingMethod::Local);
            link.role = "link".to_owned();
            (ActionKind::Click, Some(link), None)
        }
        _ => (ActionKind::GoBack, None, None),
    };
    let asserted = number % 2 == 1;
    let action = TaskAction {
        kind,
        parameters,
        visual_evaluation_flag: number % 3 != 2,
        checkpoint_screenshot: Some(format!("checkpoints/step_{number}.png")),
        logical_assertion: asserted
            .then(|| format!("The cart shows {number} items and the total is updated.")),
        check: Vec::new(),
        target: None,
    };
    (action, resolution, destination)
}

fn check(text: &str, compiled: bool, holds: bool) -> CheckOutcome {
    let within = Some(Target {
        role: Some("status".to_owned()),
        name: Some("Cart".to_owned()),
        ..Target::default()
    });
    CheckOutcome {
        check: Check::TextVisible { text: text.to_owned(), within },
        compiled,
        holds,
        explanation: match holds {
            true => format!("status “Cart” shows “{text}”"),
            false => "status “Cart” shows “0 items”".to_owned(),
        },
    }
}

fn done_step(folder: &Path, number: u32, pictures: &Pictures) -> io::Result<StepTrace> {
    let mut step = StepTrace { step: number, ..StepTrace::new(StepOutcome::Done) };
    let mut compared = true;
    if number > 0 {
        let (action, resolution, destination) = action(number);
        compared = action.visual_evaluation_flag;
        if action.logical_assertion.is_some() {
            step.checks.push(check(&format!("{number} items"), true, true));
            step.assertion = Some(AssertionResult {
                holds: Some(true),
                words: "Yes. The counter beside the cart went up by one, and the total with it."
                    .to_owned(),
            });
        }
        (step.resolution, step.destination, step.action) = (resolution, destination, Some(action));
    }
    step.blobs.extend(pictures.blob(folder, 1, number)?.map(|b| ("candidate".to_owned(), b)));
    if compared {
        step.blobs.extend(pictures.blob(folder, 0, number)?.map(|b| ("reference".to_owned(), b)));
        let fade = f64::from(number % 7) * 0.04;
        let values = [("ocr", 0.97 - fade), ("dino", 0.91 - fade), ("judge", 0.84 - fade)];
        step.visual = values.map(|(name, value)| (name.to_owned(), value)).into();
        step.visual_words = Some(
            "Layout and texts agree; the cards stand six pixels further right, and the bar is a little lighter than in the reference. Score: 84/100"
                .to_owned(),
        );
    }
    Ok(step)
}

/// How an invented visit goes.
#[derive(Clone, Copy, PartialEq)]
enum Course {
    Whole,
    Stops(u32),
    Refuted(u32),
    Breaks(u32),
}

fn steps(
    folder: &Path,
    last: u32,
    course: Course,
    pictures: &Pictures,
) -> io::Result<Vec<StepTrace>> {
    let mut steps = Vec::new();
    for number in 0..=last {
        let mut step = done_step(folder, number, pictures)?;
        let stop = match course {
            Course::Stops(at) | Course::Breaks(at) => at,
            Course::Whole | Course::Refuted(_) => u32::MAX,
        };
        if course == Course::Refuted(number) {
            step.checks.insert(0, check("3 items", false, false));
            step.assertion = Some(AssertionResult {
                holds: Some(false),
                words: "No. The cart still says “0 items”; nothing was added.".to_owned(),
            });
        }
        if number == stop {
            step.outcome = match course {
                Course::Breaks(_) => StepOutcome::Faulty {
                    fault: Fault::page(
                        PageFaultKind::ScriptHang,
                        "a script kept the page busy for 15,000 ms",
                    ),
                },
                _ => StepOutcome::Failed {
                    reason: StepFailure::Covered,
                    detail: "dialog “We value your privacy” lies over its middle".to_owned(),
                },
            };
        }
        if number > stop {
            step.outcome = StepOutcome::Unreached;
            (step.resolution, step.destination) = (None, None);
        }
        if number >= stop {
            step.checks.clear();
            (step.assertion, step.visual_words) = (None, None);
            step.visual.clear();
            step.blobs.remove("candidate");
        }
        steps.push(step);
    }
    Ok(steps)
}

fn score(metric: &str, value: f64, high: f64) -> Score {
    Score {
        metric: metric.to_owned(),
        version: 1,
        value: Some(value),
        range: [0.0, high],
        explanation: "invented".to_owned(),
        evidence: Vec::new(),
    }
}

fn sample(id: &TaskId, title: &str, category: &str, scores: Vec<Score>) -> SampleResult {
    SampleResult {
        task: id.clone(),
        title: title.to_owned(),
        category: category.to_owned(),
        outcome: SampleOutcome::Scored,
        answered: true,
        rendered: true,
        fault: None,
        scores: Scores { scores, blocks: Vec::new() },
        blobs: BTreeMap::new(),
        questioning: None,
        interaction: None,
        tests: Vec::new(),
    }
}

fn write_run(
    folder: &Path,
    [protocol, model]: [&str; 2],
    tasks: &[TaskId],
    events: &[Event],
) -> io::Result<()> {
    let manifest = RunManifest {
        format: [pageloom_schema::FORMAT_MAJOR, pageloom_schema::FORMAT_MINOR],
        suite: "invented".to_owned(),
        suite_hash: "0".to_owned(),
        protocol: protocol.to_owned(),
        model: model.to_owned(),
        judge: "fake:judge".to_owned(),
        tasks: tasks.to_vec(),
        policy: RenderPolicy::default(),
        viewport: None,
        versions: BTreeMap::from([("browser".to_owned(), "HeadlessChrome/156.0".to_owned())]),
        asking: BTreeMap::new(),
    };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("run.json"), serde_json::to_vec_pretty(&manifest)?)?;
    let mut file = io::BufWriter::new(std::fs::File::create(folder.join("events.jsonl"))?);
    for event in events {
        serde_json::to_writer(&mut file, event)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}

fn ids(names: &[&str]) -> io::Result<Vec<TaskId>> {
    names.iter().map(|name| TaskId::new(name).map_err(io::Error::other)).collect()
}

fn interactive(folder: &Path, longest: u32, pictures: &Pictures) -> io::Result<()> {
    let tasks = ids(&["broken", "covered", "long", "refuted", "stopped", "whole"])?;
    std::fs::create_dir_all(folder)?;
    let courses = [
        (Course::Breaks(3), 6),
        (Course::Stops(5), 9),
        (Course::Whole, longest),
        (Course::Refuted(3), 9),
        (Course::Whole, 4),
        (Course::Whole, 9),
    ];
    let mut events = vec![Event::Started { finished: 0 }];
    for (id, (course, last)) in tasks.iter().zip(courses) {
        let steps = steps(folder, last, course, pictures)?;
        if id.as_str() == "stopped" {
            events.extend(
                steps
                    .into_iter()
                    .take(4)
                    .map(|step| Event::StepFinished { task: id.clone(), step: Box::new(step) }),
            );
            continue;
        }
        let done = match course {
            Course::Whole => last,
            Course::Stops(at) | Course::Refuted(at) | Course::Breaks(at) => at - 1,
        };
        let successes = f64::from(done) / f64::from(last);
        let (like, judged) = (0.83, 0.72);
        let seen = (like + judged) / 2.0;
        let scores = vec![
            score("ifs", successes, 1.0),
            score("lfs", like, 1.0),
            score("hfs", judged, 1.0),
            score("vfs", seen, 1.0),
            score("vfs_all", seen * successes, 1.0),
            score("final", 0.7 * successes + 0.3 * seen, 1.0),
        ];
        let mut result = sample(id, &format!("Tea shop, {id}"), "shopping", scores);
        if id.as_str() == "whole" {
            result
                .blobs
                .extend(pictures.blob(folder, 1, 0)?.map(|b| ("candidate_png".to_owned(), b)));
            let page = b"<!doctype html>\n<title>Leaf &amp; Kettle</title>\n<h1>Teas</h1>\n";
            result.blobs.insert("candidate_html".to_owned(), blob(folder, page, "html")?);
        }
        result.interaction = Some(InteractionTrace { steps });
        events.push(Event::SampleFinished(Box::new(result)));
    }
    write_run(folder, ["iwr-bench/v1", "fake:teas"], &tasks, &events)
}

fn websites(folder: &Path, pictures: &Pictures) -> io::Result<()> {
    let tasks = ids(&["tea-blog", "tea-shop"])?;
    std::fs::create_dir_all(folder)?;
    let mut events = vec![Event::Started { finished: 0 }];
    for (place, id) in tasks.iter().enumerate() {
        let started = place == 1;
        let verdicts = [
            Some(TestVerdict::Yes),
            Some(TestVerdict::Partial),
            Some(TestVerdict::No),
            None,
            Some(TestVerdict::Yes),
        ];
        let mut tests = Vec::new();
        for (number, verdict) in verdicts.into_iter().enumerate() {
            let product = PRODUCTS[number];
            let mut moves = Vec::new();
            for made in 0..if started { 2 + number as u32 } else { 0 } {
                moves.push(TestMove {
                    action: format!("click {}: button \"Add {product}\"", made + 3),
                    not_done: (made == 3).then(|| "the element lies under a dialog".to_owned()),
                    picture: pictures.blob(folder, 1, made + number as u32)?,
                });
            }
            tests.push(TestTrace {
                case: TestCase {
                    task: format!("Add {product} to the cart and open the cart page."),
                    expected_result: format!(
                        "The cart lists {product} once, with its price, and the total is right."
                    ),
                    category: ["Functional Testing", "Data Display Testing"][number % 2].to_owned(),
                },
                verdict: if started { verdict } else { Some(TestVerdict::NotStarted) },
                reason: match (started, verdict) {
                    (false, _) => "The site did not start.",
                    (true, Some(TestVerdict::Yes)) => "The cart lists it once, and 4.50 is right.",
                    (true, Some(TestVerdict::Partial)) => "It is listed, but the total stays 0.00.",
                    (true, Some(_)) => "The cart stays empty after three attempts.",
                    (true, None) => "system/endpoint: the tester's model did not answer",
                }
                .to_owned(),
                moves,
            });
        }
        let share = if started { 2.5 / 5.0 } else { 0.0 };
        let scores = vec![
            score("fsr", share, 1.0),
            score("aas", if started { 3.5 } else { 0.0 }, 5.0),
            score("vrr", if started { 1.0 } else { 0.0 }, 1.0),
        ];
        let mut result = sample(id, &format!("A website, {id}"), "shop", scores);
        result.tests = tests;
        events.push(Event::SampleFinished(Box::new(result)));
    }
    events.push(Event::Finished);
    write_run(folder, ["webgen-bench/v1", "fake:sites"], &tasks, &events)
}
