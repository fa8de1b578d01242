//! Finds an element in a page's state: `find STATE.json DESCRIPTION [KIND OF ACTION]`, for those who look
//! into how descriptions are understood.

use pageloom_agent::ground::{self, Wanted};
use pageloom_schema::{ActionKind, PageState};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (state, words) = (arguments.next().ok_or("no state")?, arguments.next().ok_or("no words")?);
    let state: PageState = serde_json::from_slice(&std::fs::read(state)?)?;
    let kind: Option<ActionKind> = arguments
        .next()
        .map(|kind| serde_json::from_value(serde_json::Value::String(kind)))
        .transpose()?;
    let found = ground::local(&state, &words, kind.map_or(Wanted::Any, Wanted::of));
    #[expect(clippy::print_stdout, reason = "an example that prints")]
    {
        println!("{found:#?}");
    }
    Ok(())
}
