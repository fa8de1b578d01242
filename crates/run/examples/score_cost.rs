//! What scoring one pair costs, split by metric, as `evals/speed` asks for it: one line of JSON a pair,
//! `{"pair": "id", "milliseconds": {"<step>": M}}`. The candidate is the page itself with a style rule
//! that moves, recolours and resizes its text, so that every metric has something to find.
//!
//! `score_cost PAGE…`, each a folder with an index.html. Rendering is not in the figures; reading a
//! capture (`prepare`, both sides) is.
#![expect(clippy::print_stdout, reason = "an example's output is its purpose")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use pageloom_run::pages::open_page;
use pageloom_run::{Pool, PoolConfig};
use pageloom_schema::{RenderPolicy, Site, Viewport};
use pageloom_score::{prepare, score_pair_observed};

const CHANGE: &str = "<style>body{padding:9px 0 0 17px}p,li,td,h1,h2,h3{color:#345!important;\
                      font-size:106%!important}</style>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = Pool::start(PoolConfig { workers: 1, ..PoolConfig::default() }).await?;
    for page in std::env::args().skip(1) {
        let site = open_page(Path::new(&page))?;
        let policy = RenderPolicy::default();
        let reference = pool.render(&site, Viewport::default(), &policy).await?;
        let candidate = pool.render(&changed(&site)?, Viewport::default(), &policy).await?;

        let mut milliseconds: BTreeMap<&str, f64> = BTreeMap::new();
        let mut last = Instant::now();
        let mut step = |name: &'static str| {
            let now = Instant::now();
            *milliseconds.entry(name).or_default() += (now - last).as_secs_f64() * 1e3;
            last = now;
        };
        let reference = prepare(&reference)?;
        let candidate = prepare(&candidate)?;
        step("prepare");
        score_pair_observed(&reference, &candidate, &mut step);
        let pair = Path::new(&page).file_name().unwrap_or_default().to_string_lossy();
        println!("{}", serde_json::json!({ "pair": pair, "milliseconds": milliseconds }));
    }
    Ok(())
}

fn changed(site: &Site) -> Result<Arc<Site>, Box<dyn std::error::Error>> {
    let mut files = site.files().clone();
    let page = site.entry_html().to_string() + CHANGE;
    files.insert(site.entry().clone(), Arc::from(page.into_bytes()));
    Ok(Arc::new(Site::new(files, site.entry().clone())?))
}
