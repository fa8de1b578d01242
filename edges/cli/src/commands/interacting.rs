//! What evaluations of pages in use are set up with: how elements are found, how pictures are
//! compared, who tests websites.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use pageloom_run::interactive::{AskedGrounder, Comparer, Grounder, PromptOptions, Rebuilding};
use pageloom_run::suite::Track;
use pageloom_run::webgen_bench::{Tester, Testing};
use pageloom_run::{
    Desk, Dino, Endpoint, Ffmpeg, InteractionPolicy, InteractiveProtocol, Ocr, PerceptCache,
    RunError,
};
use pageloom_schema::Suite;

use super::open_builder;
use crate::args::EvalArgs;
use crate::exit::UsageError;
use crate::settings::Settings;

/// The names of models that an evaluation asks beside model and judge.
pub(crate) fn other_models(args: &EvalArgs) -> Vec<&str> {
    let ground = Some(args.interact.ground.as_str());
    let tester = args.interact.tester.as_deref();
    [ground, tester].into_iter().flatten().filter(|name| Endpoint::is_named(name)).collect()
}

/// What recordings are rebuilt with, where the suite is one of them.
pub(crate) async fn open_rebuilding(
    args: &EvalArgs,
    suite: &Suite,
    desk: Option<&Arc<Desk>>,
    settings: &Settings,
    asking: &mut BTreeMap<String, String>,
) -> Result<Option<Rebuilding>> {
    let Track::Recordings(protocol) = Track::of(suite) else { return Ok(None) };
    let ocr = Ocr::find().ok_or_else(|| RunError::Missing {
        what: "tesseract".to_owned(),
        hint: "run scripts/install-deps.sh".to_owned(),
    })?;
    let dino = settings.dino.value.as_deref().map(Dino::load).transpose();
    let dino =
        dino.map_err(|error| UsageError(format!("{error}\nhint: name a folder with --dino")))?;
    if protocol == InteractiveProtocol::Compat && (dino.is_none() || args.judge == "local") {
        return Err(RunError::NoProtocol {
            name: protocol.id().to_owned(),
            reason: "its scores are those of a vision judge and of DINOv2".to_owned(),
            hint: "name them with --judge and --dino, or take iwr-bench/v1".to_owned(),
        }
        .into());
    }
    let comparer = Comparer::new(Arc::new(ocr), dino.map(Arc::new), kept_percepts(settings));
    let grounder = open_grounder(&args.interact.ground, desk, settings).await?;
    asking.insert("ground".to_owned(), grounder.name());
    asking.extend(comparer.describe());
    let mut shown = PromptOptions::for_model(&args.model);
    shown.sampling = settings.answer_sampling()?.apply(shown.sampling);
    Ok(Some(Rebuilding {
        grounder,
        comparer: Arc::new(comparer),
        policy: InteractionPolicy::default(),
        ffmpeg: Ffmpeg::find().map(Arc::new),
        shown,
    }))
}

/// Texts and embeddings of pictures that all runs share, where there is a place for them.
fn kept_percepts(settings: &Settings) -> PerceptCache {
    match settings.store() {
        Ok(store) => PerceptCache::in_folder(&store.join("percepts")),
        Err(_) => PerceptCache::in_memory(),
    }
}

async fn open_grounder(
    name: &str,
    desk: Option<&Arc<Desk>>,
    settings: &Settings,
) -> Result<Grounder> {
    match (name, desk.filter(|_| Endpoint::is_named(name))) {
        ("auto", _) => Ok(Grounder::Auto),
        ("local", _) => Ok(Grounder::Words),
        (name, Some(desk)) => Ok(Grounder::Asked(AskedGrounder {
            client: desk.client(name).await?,
            desk: Arc::clone(desk),
            sampling: settings.judge_sampling()?,
        })),
        (name, None) => Err(UsageError(format!(
            "`{name}` is no way to find elements\nhint: write auto, local, PROVIDER:NAME or the URL of an endpoint"
        ))
        .into()),
    }
}

/// What websites are built and tested with, where the suite asks for websites.
pub(crate) async fn open_testing(
    args: &EvalArgs,
    suite: &Suite,
    desk: Option<&Arc<Desk>>,
    settings: &Settings,
    asking: &mut BTreeMap<String, String>,
) -> Result<Option<Testing>> {
    if Track::of(suite) != Track::Websites {
        return Ok(None);
    }
    let name = args.interact.tester.as_deref().unwrap_or_default();
    let tester = match (name.strip_prefix("script:"), desk.filter(|_| Endpoint::is_named(name))) {
        (Some(file), _) => Tester::scripted(std::path::Path::new(file))?,
        (None, Some(desk)) => {
            let client = desk.client(name).await?;
            let sampling = settings.judge_sampling()?;
            Tester::asked(client, Arc::clone(desk), sampling, args.interact.tester_mode.mode())
        }
        (None, None) => {
            let name = if name.is_empty() { "nobody" } else { name };
            return Err(UsageError(
                format!(
                "`{name}` tests no websites\nhint: --tester takes PROVIDER:NAME, the URL of an endpoint, or script:FILE"
            ),
            )
            .into());
        }
    };
    if !name.starts_with("script:") {
        asking.insert("tester".to_owned(), name.to_owned());
    }
    asking.extend(tester.describe());
    let builder = open_builder(&args.site, settings)?;
    Ok(Some(Testing::new(builder, tester, InteractionPolicy::default())))
}
