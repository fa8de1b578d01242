//! `pageloom doctor`.
#![expect(clippy::disallowed_methods, reason = "programs are asked for their version")]

use std::process::{Command, Stdio};

use anyhow::Result;
use pageloom_run::{Installation, Isolation, Model, machine};
use serde::Serialize;

use super::start_pool;
use crate::args::DoctorArgs;
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

fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned)
}
