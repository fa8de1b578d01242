//! Single pages without a run: render one, or hold one against another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pageloom_browser::Pool;
use pageloom_build::{BuildError, page_of_answer, read_page};
use pageloom_schema::{Capture, Fault, Png, RenderPolicy, Scores, Site, Viewport};
use pageloom_score::{
    PreparedPage, ScoreError, prepare, prepare_screenshot, score_fault, score_pair,
};

use crate::error::RunError;

/// One side of a comparison.
#[derive(Clone, Debug)]
pub enum Side {
    /// A page to be rendered.
    Site(Arc<Site>),
    /// A picture.
    Picture(PathBuf, Png),
}

/// Reads a page from disk: a file or a folder with an `index.html`.
///
/// # Errors
/// [`RunError::Build`].
pub fn open_page(path: &Path) -> Result<Arc<Site>, RunError> {
    let site = read_page(path)?;
    let text = site.entry_html();
    // A saved answer may still be in its fence.
    let page = page_of_answer(&text)?;
    if page.len() == text.len() {
        return Ok(Arc::new(site));
    }
    let mut files = site.files().clone();
    files.insert(site.entry().clone(), page.as_bytes().into());
    let site = Site::new(files, site.entry().clone()).map_err(BuildError::from)?;
    Ok(Arc::new(site))
}

/// Reads a reference: a page, or a PNG picture.
///
/// # Errors
/// [`RunError::Build`], [`RunError::BadPicture`], [`RunError::Storage`].
pub fn open_side(path: &Path) -> Result<Side, RunError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !ending.eq_ignore_ascii_case("png") {
        return open_page(path).map(Side::Site);
    }
    let bytes = std::fs::read(path).map_err(RunError::storage("read", path))?;
    let png = Png(Arc::from(bytes));
    pageloom_vision::decode(&png).map_err(|error| RunError::BadPicture {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(Side::Picture(path.to_owned(), png))
}

/// All scores of one pair, and the candidate's fault if it had one: then every score is the lowest.
///
/// # Errors
/// [`Fault::System`] when something failed on our side, [`Fault::Page`] when the *reference* did.
pub async fn score_sides(
    pool: &Pool,
    reference: &Side,
    candidate: &Arc<Site>,
    viewport: Viewport,
    policy: &RenderPolicy,
) -> Result<(Scores, Option<Fault>), Fault> {
    let reference = match reference {
        Side::Site(site) => prepared(pool.render(site, viewport, policy).await?)?,
        Side::Picture(_, png) => prepare_screenshot(png).map_err(unreadable)?,
    };
    match pool.render(candidate, viewport, policy).await {
        Ok(capture) => Ok((score_pair(&reference, &prepared(capture)?), None)),
        Err(Fault::Page(fault)) => {
            Ok((score_fault(&fault, Some(&reference)), Some(Fault::Page(fault))))
        }
        Err(fault) => Err(fault),
    }
}

fn prepared(capture: Capture) -> Result<PreparedPage, Fault> {
    prepare(&capture).map_err(unreadable)
}

fn unreadable(error: ScoreError) -> Fault {
    Fault::system(pageloom_schema::SystemFaultKind::BrowserProtocol, error.to_string())
}
