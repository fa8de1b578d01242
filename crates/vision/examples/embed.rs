//! Prints the embeddings of pictures as JSON: `embed WEIGHTS PICTURE.png…`. `evals/embedding` holds
//! them against the reference implementation.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use pageloom_schema::Png;
use pageloom_vision::Dino;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let weights = arguments.next().ok_or("usage: embed WEIGHTS PICTURE.png…")?;
    let started = Instant::now();
    let dino = Dino::load(Path::new(&weights))?;
    let loaded = started.elapsed();
    let pictures = arguments
        .map(|place| Ok(Png(std::fs::read(place)?.into())))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    // The first pass also starts the threads; the second is what a run of many pays.
    dino.embed(&pictures.iter().take(1).collect::<Vec<_>>())?;
    let started = Instant::now();
    let embeddings = dino.embed(&pictures.iter().collect::<Vec<_>>())?;
    let each = started.elapsed() / u32::try_from(pictures.len().max(1))?;
    let answer = serde_json::json!({
        "load_ms": loaded.as_secs_f64() * 1000.0,
        "embed_ms": each.as_secs_f64() * 1000.0,
        "embeddings": embeddings,
    });
    println!("{answer}");
    Ok(())
}
