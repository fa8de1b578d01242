//! `pageloom doctor`.
#![expect(clippy::disallowed_methods, reason = "programs are asked for their version")]

use std::process::{Command, Stdio};

use anyhow::Result;
use pageloom_run::{Installation, Isolation, Model, Node, Sandbox, machine};
use serde::Serialize;

use super::{open_builder, start_pool};
use crate::args::{BuilderName, DoctorArgs, SiteArgs};
use crate::exit::Exit;
use crate::settings::Settings;

/// One part of the machine.
#[derive(Serialize)]
struct Part {
    part: &'static str,
    found: Option<String>,
    /// What is not possible without it.
    disables: &'static str,
    /// How to get it.
    install: &'static str,
}

/// The command that installs everything at once.
const INSTALL_ALL: &str = "./scripts/install-deps.sh";

pub(crate) async fn run(args: &DoctorArgs, settings: &Settings) -> Result<Exit> {
    let installation = Installation::find(settings.browser.value.as_deref());
    let browser_error = installation.as_ref().err().map(ToString::to_string);
    let starts = match &installation {
        Ok(_) => match start_pool(settings).await {
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        },
        Err(_) => browser_error.clone(),
    };
    let isolation = installation.as_ref().ok().map(|found| match &found.isolation {
        Isolation::Bubblewrap(_) => {
            "bubblewrap: no network, read-only system, own processes".to_owned()
        }
        Isolation::ChromiumOnly => {
            "Chromium's own sandbox only; the network is closed by interception".to_owned()
        }
    });
    let browser = installation.as_ref().ok().filter(|_| starts.is_none());
    let fonts = machine::font_list();
    let has_font = |name: &str| fonts.iter().any(|line| line.contains(name));
    let parts = vec![
        Part {
            part: "browser",
            found: browser.map(|found| format!("{} ({})", found.version, found.program.display())),
            disables: "everything that renders: render, score, eval, demo",
            install: INSTALL_ALL,
        },
        Part {
            part: "isolation",
            found: isolation,
            disables: "running as root; a network namespace for pages",
            install: "apt-get install bubblewrap",
        },
        Part {
            part: "fonts: latin",
            found: has_font("Liberation").then(machine::font_set),
            disables: "figures that compare with other machines'",
            install: "apt-get install fonts-liberation fonts-dejavu-core fonts-noto-core",
        },
        Part {
            part: "fonts: CJK",
            found: has_font("CJK").then(|| "yes".to_owned()),
            disables: "Chinese, Japanese and Korean text (shown as boxes)",
            install: "apt-get install fonts-noto-cjk",
        },
        Part {
            part: "fonts: emoji",
            found: has_font("Emoji").then(|| "yes".to_owned()),
            disables: "emoji (shown as boxes)",
            install: "apt-get install fonts-noto-color-emoji",
        },
        Part {
            part: "tesseract",
            found: Model::find("baseline:layout")
                .ok()
                .and_then(|_| first_line("tesseract", &["--version"])),
            disables: "baseline:layout",
            install: "apt-get install tesseract-ocr tesseract-ocr-eng",
        },
        Part {
            part: "ffmpeg",
            found: first_line("ffprobe", &["-version"])
                .and_then(|_| first_line("ffmpeg", &["-version"]))
                .and_then(|line| line.split(" Copyright").next().map(str::to_owned)),
            disables: "videos: their frames, and recording them",
            install: "apt-get install ffmpeg",
        },
        Part {
            part: "node",
            found: Node::find().ok().map(|node| match node.npm() {
                Some(_) => format!("{} with npm", node.version()),
                None => format!("{} without npm: no packages can be installed", node.version()),
            }),
            disables: "installing packages; build --builder exact",
            install: "apt-get install nodejs npm",
        },
        Part {
            part: "build sandbox",
            found: sandbox(),
            disables: "installing packages; build --builder exact, unless --unconfined",
            install: "apt-get install bubblewrap, and allow user namespaces",
        },
        Part {
            part: "model keys",
            found: keys(settings),
            disables: "models of providers; servers of your own and fake: work without",
            install: "set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or name a --key-file",
        },
        Part {
            part: "packages",
            found: packages(settings),
            disables: "building websites without network",
            install: "pageloom deps warm",
        },
    ];
    if args.json {
        println!("{}", serde_json::to_string_pretty(&parts)?);
    } else {
        for part in &parts {
            match &part.found {
                Some(found) => println!("ok       {:<14} {found}", part.part),
                None => println!(
                    "missing  {:<14} disables: {}; install: {}",
                    part.part, part.disables, part.install
                ),
            }
        }
        println!("cores    {}", machine::cores());
        if let Some(reason) = &starts {
            println!("\n{reason}");
        }
    }
    Ok(if starts.is_some() { Exit::Machine } else { Exit::Done })
}

/// What the sandbox of builds offers here, and what it lacks.
fn sandbox() -> Option<String> {
    let found = Sandbox::find().ok()?;
    let missing = found.missing();
    let mut text = "no network, read-only system, limits".to_owned();
    for part in missing {
        text += &format!("; {} is missing ({}; {})", part.what, part.consequence, part.hint);
    }
    Some(text)
}

/// The variables that hold a key; never a key.
fn keys(settings: &Settings) -> Option<String> {
    let asking = settings.asking().ok()?;
    let names: Vec<&str> = asking.keys.names().collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The bundled dependency sets that are installed.
fn packages(settings: &Settings) -> Option<String> {
    let site = SiteArgs { builder: BuilderName::Auto, offline: true, unconfined: false };
    let root = settings.store().ok()?;
    // Asking must not make a folder.
    if !root.is_dir() {
        return None;
    }
    let builder = open_builder(&site, settings).ok()?;
    let sets = builder.store().list().ok()?;
    let bundled: Vec<&str> = sets.iter().filter_map(|set| set.bundled()).collect();
    (!bundled.is_empty())
        .then(|| format!("{} of {} sets: {}", bundled.len(), sets.len(), bundled.join(", ")))
}

fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned)
}
