//! Makes runs of any size with invented scores and a report of them, for looking at the viewer
//! and measuring it:
//!
//! ```text
//! cargo run --release -p pageloom-report --example large_report -- OUT SAMPLES RUNS [REFERENCES CANDIDATES…]
//! ```
//!
//! REFERENCES and CANDIDATES are folders of PNG files of the same names. Same arguments, same
//! bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use pageloom_schema::{
    BlockPair, Capture, ConsoleLevel, ConsoleMessage, Event, EvidenceBox, Fault, PageFaultKind,
    Rect, RenderPolicy, RequestOutcome, RequestRecord, RunManifest, SampleOutcome, SampleResult,
    Score, Scores, Side, Summary, SystemFaultKind, TaskId, Verdict,
};

const METRICS: [(&str, f64); 23] = [
    ("wcgb.layout_consistency", 10.0),
    ("wcgb.element_alignment", 10.0),
    ("wcgb.proportional_accuracy", 10.0),
    ("wcgb.visual_harmony", 10.0),
    ("wcgb.color_scheme", 10.0),
    ("wcgb.aesthetic_resemblance", 10.0),
    ("wcgb.font_characteristics", 10.0),
    ("wcgb.textual_content", 10.0),
    ("wcgb.numbers", 10.0),
    ("wcgb.ui_consistency", 10.0),
    ("wcgb.vsa", 10.0),
    ("wcgb.cad", 10.0),
    ("wcgb.tcc", 10.0),
    ("wcgb.uii", 10.0),
    ("overall", 10.0),
    ("design2code.block_match", 1.0),
    ("design2code.text", 1.0),
    ("design2code.position", 1.0),
    ("design2code.color", 1.0),
    ("design2code.final", 1.0),
    ("ssim", 1.0),
    ("tree_bleu", 1.0),
    ("text_recall", 1.0),
];
const NAMES: [&str; 9] = [
    "baseline:oracle",
    "replay:gpt4v_direct",
    "replay:gpt4v_text_augmented",
    "replay:websight",
    "replay:cogagent_ft",
    "baseline:screenshot",
    "baseline:layout",
    "baseline:text",
    "baseline:blank",
];
const LEVELS: [f64; 9] = [1.0, 0.74, 0.78, 0.7, 0.45, 0.55, 0.6, 0.4, 0.04];
const CATEGORIES: [&str; 6] = ["landing", "dashboard", "article", "shop", "documentation", "form"];
const WORDS: [&str; 12] = [
    "Quiet",
    "harbour",
    "pricing",
    "for",
    "teams",
    "Sign in",
    "every",
    "morning",
    "Read more",
    "weather",
    "market",
    "2026",
];

/// A multiplicative congruential generator: enough for invented numbers.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.unit() * bound as f64) as usize
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| WORDS[self.below(WORDS.len())]).collect::<Vec<_>>().join(" ")
    }
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, samples, runs, folders @ ..] = arguments.as_slice() else {
        return Err(io::Error::other(
            "usage: large_report OUT SAMPLES RUNS [REFERENCES CANDIDATES…]",
        ));
    };
    let count = |text: &str| text.parse::<usize>().map_err(io::Error::other);
    let (samples, runs) = (count(samples)?, count(runs)?.clamp(1, NAMES.len()));
    let pictures: Vec<Vec<PathBuf>> =
        folders.iter().map(|f| pngs(Path::new(f))).collect::<Result<_, _>>()?;
    let out = Path::new(out);
    let mut logs = Vec::new();
    for number in 0..runs {
        let folder = out.join(format!("run-{number}"));
        write_run(&folder, number, samples, &pictures)?;
        let mut log = pageloom_report::load(&folder).map_err(io::Error::other)?;
        // The last of several runs stays without a summary: interrupted.
        if number == 0 || number + 1 < runs {
            let m = &log.manifest;
            let summary = Summary {
                suite: m.suite.clone(),
                model: m.model.clone(),
                protocol: m.protocol.clone(),
                judge: m.judge.clone(),
                counts: log.counts(),
                scores: log.scores(),
            };
            std::fs::write(folder.join("summary.json"), serde_json::to_vec_pretty(&summary)?)?;
            log.summary = Some(summary);
        }
        logs.push(log);
    }
    let start = Instant::now();
    let index =
        pageloom_report::write_html(&logs, &out.join("report")).map_err(io::Error::other)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", pageloom_report::table(&logs, 120))?;
    writeln!(stdout, "{} written in {:.2} s", index.display(), start.elapsed().as_secs_f64())
}

fn pngs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ext| ext == "png"));
    files.sort();
    Ok(files)
}

fn blob(folder: &Path, bytes: &[u8], ext: &str) -> io::Result<String> {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    let hash = format!("{hash:016x}");
    let name = format!("{}/{hash}.{ext}", &hash[..2]);
    let path = folder.join("blobs").join(&name);
    if !path.exists() {
        std::fs::create_dir_all(folder.join("blobs").join(&hash[..2]))?;
        std::fs::write(path, bytes)?;
    }
    Ok(name)
}

fn write_run(
    folder: &Path,
    number: usize,
    samples: usize,
    pictures: &[Vec<PathBuf>],
) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let ids: Vec<TaskId> = (0..samples)
        .map(|task| TaskId::new(&format!("page-{task:04}")).map_err(io::Error::other))
        .collect::<Result<_, _>>()?;
    let manifest = RunManifest {
        format: [pageloom_schema::FORMAT_MAJOR, pageloom_schema::FORMAT_MINOR],
        suite: "invented".to_owned(),
        suite_hash: format!("{samples}"),
        protocol: "web2code-wcgb/v1".to_owned(),
        model: NAMES[number].to_owned(),
        judge: "local".to_owned(),
        tasks: ids.clone(),
        policy: RenderPolicy::default(),
        viewport: None,
        versions: BTreeMap::from([
            ("browser".to_owned(), "HeadlessChrome/156.0".to_owned()),
            ("pageloom".to_owned(), "0.1.0".to_owned()),
        ]),
        asking: BTreeMap::new(),
    };
    std::fs::write(folder.join("run.json"), serde_json::to_vec_pretty(&manifest)?)?;
    let mut events = io::BufWriter::new(std::fs::File::create(folder.join("events.jsonl"))?);
    let mut log = |event: &Event| -> io::Result<()> {
        serde_json::to_writer(&mut events, event)?;
        events.write_all(b"\n")
    };
    log(&Event::Started { finished: 0 })?;
    let last = if number == 3 { samples * 9 / 10 } else { samples };
    for (place, id) in ids.iter().enumerate().take(last) {
        let mut dice = Dice(place as u64 * 7_919 + 17);
        let (title, category) = (dice.words(4), CATEGORIES[dice.below(CATEGORIES.len())]);
        let mut dice = Dice((place * 31 + number * 1_000_003) as u64);
        dice.unit();
        for (stage, seconds) in [("render", 0.12), ("score", 0.04)] {
            let seconds = seconds * (0.5 + dice.unit());
            log(&Event::StageFinished {
                task: id.clone(),
                stage: stage.to_owned(),
                seconds,
                phases: Vec::new(),
            })?;
        }
        let blobs = page_blobs(folder, place, number, pictures, &mut dice)?;
        log(&Event::SampleFinished(Box::new(sample(
            id, title, category, number, blobs, &mut dice,
        ))))?;
    }
    log(&Event::Finished)
}

fn page_blobs(
    folder: &Path,
    place: usize,
    number: usize,
    pictures: &[Vec<PathBuf>],
    dice: &mut Dice,
) -> io::Result<BTreeMap<String, String>> {
    let mut blobs = BTreeMap::new();
    for side in ["reference", "candidate"] {
        let mut size = (1280, 1400);
        let set = if side == "reference" {
            0
        } else {
            1 + number % pictures.len().saturating_sub(1).max(1)
        };
        if let Some(path) =
            pictures.get(set).and_then(|files| files.get(place % files.len().max(1)))
        {
            let bytes = std::fs::read(path)?;
            let length = |at: usize| {
                u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
            };
            size = (length(16), length(20));
            blobs.insert(format!("{side}_png"), blob(folder, &bytes, "png")?);
        }
        let capture = Capture {
            title: dice.words(3),
            page_width: size.0,
            page_height: size.1,
            console: vec![
                ConsoleMessage {
                    level: ConsoleLevel::Warning,
                    text: format!("{} is deprecated", dice.words(1))
                };
                dice.below(4)
            ],
            exceptions: vec!["TypeError: undefined is not a function".to_owned(); dice.below(2)],
            requests: vec![
                RequestRecord {
                    url: "https://fonts.example/inter.css".to_owned(),
                    outcome: RequestOutcome::Refused,
                    resource: "Stylesheet".to_owned()
                };
                dice.below(3)
            ],
            ..Capture::default()
        };
        blobs.insert(
            format!("{side}_capture"),
            blob(folder, &serde_json::to_vec(&capture)?, "json")?,
        );
        let html = format!(
            "<!doctype html>\n<title>{}</title>\n<h1>{}</h1>\n<script>alert(1)</script>\n",
            capture.title,
            dice.words(5)
        );
        blobs.insert(format!("{side}_html"), blob(folder, html.as_bytes(), "html")?);
    }
    Ok(blobs)
}

fn sample(
    id: &TaskId,
    title: String,
    category: &str,
    number: usize,
    blobs: BTreeMap<String, String>,
    dice: &mut Dice,
) -> SampleResult {
    let ending = if number == 0 { 1.0 } else { dice.unit() };
    let (outcome, fault) = if ending < 0.02 {
        (
            SampleOutcome::SystemFault,
            Some(Fault::system(SystemFaultKind::BrowserLost, "the browser closed its pipe")),
        )
    } else if ending < 0.07 {
        (
            SampleOutcome::PageFault,
            Some(Fault::page(
                PageFaultKind::ScriptHang,
                "a script kept the page busy for 15,000 ms",
            )),
        )
    } else {
        (SampleOutcome::Scored, None)
    };
    let level = if number == 0 {
        1.0
    } else {
        (LEVELS[number] + (dice.unit() + dice.unit() - 1.0) * 0.35).clamp(0.0, 1.0)
    };
    let rect = |dice: &mut Dice| {
        Rect::new(
            60.0 + dice.unit() * 700.0,
            40.0 + dice.unit() * 1200.0,
            80.0 + dice.unit() * 380.0,
            18.0 + dice.unit() * 24.0,
        )
    };
    let mut blocks = Vec::new();
    for _ in 0..24 {
        let place = rect(dice);
        let found = dice.unit() < level;
        let moved = Rect::new(
            place.x + dice.unit() * 20.0,
            place.y + dice.unit() * 30.0,
            place.width,
            place.height,
        );
        blocks.push(BlockPair {
            reference: Some(place),
            candidate: found.then_some(moved),
            text: dice.words(6),
            similarity: found.then_some(0.9),
        });
    }
    let extra = Some(rect(dice));
    blocks.push(BlockPair {
        reference: None,
        candidate: extra,
        text: "Extra".to_owned(),
        similarity: None,
    });
    let mut scores: Vec<Score> = METRICS
        .iter()
        .map(|(metric, high)| {
            let share = match outcome {
                SampleOutcome::Scored if number == 0 => 1.0,
                SampleOutcome::Scored => (level + (dice.unit() - 0.5) * 0.3).clamp(0.0, 1.0),
                _ => 0.0,
            };
            let evidence = (0..dice.below(6))
                .map(|_| EvidenceBox {
                    side: if dice.unit() < 0.5 { Side::Reference } else { Side::Candidate },
                    rect: rect(dice),
                    verdict: [Verdict::Matched, Verdict::Changed, Verdict::Missed, Verdict::Extra]
                        [dice.below(4)],
                    label: dice.words(3),
                })
                .collect();
            Score {
                metric: (*metric).to_owned(),
                version: 1,
                value: Some(share * high),
                range: [0.0, *high],
                explanation: format!(
                    "{} of 24 blocks lie where they should; mean shift {:.0} px",
                    (share * 24.0) as u32,
                    (1.0 - share) * 90.0
                ),
                evidence,
            }
        })
        .collect();
    if outcome == SampleOutcome::SystemFault {
        scores.clear();
    }
    SampleResult {
        task: id.clone(),
        title,
        category: category.to_owned(),
        outcome,
        answered: true,
        rendered: outcome == SampleOutcome::Scored,
        fault,
        scores: Scores {
            scores,
            blocks: if outcome == SampleOutcome::Scored { blocks } else { Vec::new() },
        },
        blobs,
        questioning: None,
        interaction: None,
        tests: Vec::new(),
    }
}
