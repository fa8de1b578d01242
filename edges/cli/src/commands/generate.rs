//! `pageloom generate`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use indicatif::ProgressBar;
use pageloom_run::generate::{Doing, Form, Step, Wish, check};
use pageloom_run::{Desk, Endpoint, EndpointModel, GenerateOptions, Generated, RunError, generate};
use pageloom_schema::{Fault, SystemFaultKind};

use super::eval::note;
use super::models::open_desk;
use super::{open_builder, spinner, start_pool, stop_signal};
use crate::args::{GenerateArgs, ShortFormat};
use crate::exit::Exit;
use crate::opener;
use crate::settings::Settings;

/// The longest instruction that is read from standard input, in bytes.
const MAX_INPUT: u64 = 1 << 20;

pub(crate) async fn run(args: &GenerateArgs, settings: &Settings) -> Result<Exit> {
    // All that can be wrong with the request is found before anything costly.
    let form = Form { single_page: args.single_page, edit: args.edit.as_deref() };
    let task = Wish::open(&args.task, form, standard_input)?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("generated").join(&task.name));
    check(&task, args.refine, &out)?;
    let named = || RunError::NoEndpoint(args.model.clone());
    let desk = open_desk(&[&args.model], settings)?.ok_or_else(named)?;
    if !Endpoint::is_named(&args.model) {
        return Err(named().into());
    }
    let (client, sampling) = (desk.client(&args.model).await?, settings.sampling()?);
    let builder = match task.wish {
        Wish::Website(_) => Some(open_builder(&args.site, settings)?),
        _ => None,
    };
    let options = GenerateOptions {
        task,
        asking: Desk::describe(&client, "model", sampling),
        model: EndpointModel { client, sampling },
        model_name: args.model.clone(),
        desk,
        out: out.clone(),
        policy: settings.policy(),
        viewport: settings.viewport()?,
        refine: args.refine,
        builder,
    };
    let pool = start_pool(settings).await?;
    let bar = spinner(settings);
    let mut watch = |doing: Doing| show(&bar, &doing);
    let made = generate(options, pool, stop_signal(), &mut watch).await;
    bar.finish_and_clear();
    let mut made = made?;
    match args.format {
        ShortFormat::Json => println!("{}", serde_json::to_string_pretty(&made)?),
        ShortFormat::Table => print_table(&made, &out),
    }
    if args.open {
        open(&made, settings);
    }
    ending(&mut made, &out)
}

fn standard_input() -> std::io::Result<String> {
    let mut text = String::new();
    std::io::stdin().lock().take(MAX_INPUT).read_to_string(&mut text)?;
    Ok(text)
}

fn show(bar: &ProgressBar, doing: &Doing) {
    let mut text = doing.what.to_owned();
    if doing.steps > 1 {
        text += &format!(" {}/{}", doing.step + 1, doing.steps);
    }
    if doing.tokens > 0 {
        text += &format!(", {} tokens so far", doing.tokens);
    }
    if let Some(best) = doing.best {
        text += &format!(", best {best:.2}");
    }
    bar.reset_elapsed();
    bar.set_message(text);
}

fn print_table(made: &Generated, out: &Path) {
    println!("{}: {} by {}", made.kind, made.title, made.model);
    let measure = made.measure.unwrap_or("value");
    println!("{:<6} {measure:>8}  what", "step");
    for step in &made.steps {
        let value = step.value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        println!("{:<6} {value:>8}  {}", step.number, words(step, made.best));
    }
    for route in &made.routes {
        let state = if route.blank { "shows nothing" } else { "opens" };
        println!("route {}: {state}, {} errors", route.path, route.errors);
    }
    let paid = match made.cost() {
        Some(cost) => format!(", {cost:.4} USD"),
        None => String::new(),
    };
    println!("{} requests, {} tokens{paid}", made.requests(), made.tokens());
    match &made.result {
        Some(result) => println!("result: {}", result.display()),
        None => println!("no result; what was answered: {}", out.join("answer.md").display()),
    }
}

/// What a step was, in words.
fn words(step: &Step, best: Option<u32>) -> String {
    let mut words = match step.from {
        Some(from) => format!("step {from} corrected"),
        None => "first answer".to_owned(),
    };
    match (&step.fault, best == Some(step.number)) {
        (Some(fault), _) => words += &format!(", {fault}"),
        (None, true) => words += ", kept",
        (None, false) => {}
    }
    words
}

fn open(made: &Generated, settings: &Settings) {
    let Some(result) = &made.result else { return };
    // A built site has addresses from the root of a host, which a file has not.
    if made.kind == "website" {
        let folder = result.parent().map(Path::to_path_buf).unwrap_or_default();
        let serve = format!("python3 -m http.server -d {}", folder.display());
        note(settings, &format!("hint: a website is opened from a server, such as `{serve}`"));
    } else if !opener::open(result) {
        let path = std::path::absolute(result).unwrap_or_else(|_| PathBuf::from(result));
        note(settings, &format!("hint: there is no desktop to open it; it is {}", path.display()));
    }
}

/// What the ending means for whoever called.
fn ending(made: &mut Generated, out: &Path) -> Result<Exit> {
    if let Some(error) = made.ended.take() {
        if let Some(result) = &made.result {
            eprintln!("the best page so far is {}", result.display());
        }
        return Err(error.into());
    }
    let Some(fault) = &made.fault else { return Ok(Exit::Done) };
    eprintln!("error: {fault}\nhint: what was answered is in {}", out.join("steps").display());
    Ok(match fault {
        Fault::Page(_) => Exit::PageFault,
        Fault::System(fault) if fault.kind == SystemFaultKind::Endpoint => Exit::Endpoint,
        Fault::System(_) => Exit::SystemFaults,
    })
}
