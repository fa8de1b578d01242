//! Prints what a page shows after some texts were typed into its first field, each with Enter: for those
//! who look into how elements are found.

#![expect(clippy::print_stdout, reason = "an example that prints")]

use std::sync::Arc;

use pageloom_browser::{Act, InteractionPolicy, Pool, PoolConfig};
use pageloom_schema::Viewport;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let page = arguments.next().ok_or("name a page")?;
    let site = Arc::new(pageloom_build::read_page(std::path::Path::new(&page))?);
    let pool = Pool::start(PoolConfig::default()).await?;
    let mut page = pool.interact(&site, Viewport::default(), &InteractionPolicy::default()).await?;
    for text in arguments {
        let state = page.state().await?;
        let field = state.elements.iter().find(|element| element.editable).ok_or("no field")?;
        page.perform(&Act::Type { element: Some(field.index), text }).await?;
        page.perform(&Act::Press { element: None, key: "Enter".to_owned() }).await?;
    }
    println!("{}", serde_json::to_string_pretty(&page.state().await?)?);
    page.close().await;
    Ok(())
}
