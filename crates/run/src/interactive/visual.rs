//! How like its checkpoint a candidate's window is: text by OCR, structure, and embedding where there
//! are weights. Texts and embeddings are kept by picture, so that a checkpoint is
//! read once in a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use pageloom_schema::{Fault, Png, SystemFaultKind};
use pageloom_vision::{
    Dino, Embedder as _, Ocr, PerceptCache, TextReader as _, cosine, decode, structure_similarity,
    text_similarity,
};

use crate::sample::blocking;

/// What compares windows with checkpoints.
pub struct Comparer {
    ocr: Arc<Ocr>,
    dino: Option<Arc<Dino>>,
    cache: PerceptCache,
}

impl Comparer {
    /// Compares with this reader of text and, where there are weights, this embedding.
    #[must_use]
    pub fn new(ocr: Arc<Ocr>, dino: Option<Arc<Dino>>, cache: PerceptCache) -> Self {
        Self { ocr, dino, cache }
    }

    /// The engines and their versions, for the record.
    #[must_use]
    pub fn describe(&self) -> BTreeMap<String, String> {
        let dino = self.dino.as_ref().map_or_else(|| "none".to_owned(), |dino| dino.identity());
        BTreeMap::from([
            ("visual.ocr".to_owned(), self.ocr.identity()),
            ("visual.dino".to_owned(), dino),
        ])
    }

    /// Values in 0..=1 by what was compared: `ocr`, `structure`, and `dino` where there are weights.
    ///
    /// # Errors
    /// A system fault when a picture cannot be read or a program fails.
    pub(super) async fn compare(
        self: &Arc<Self>,
        reference: &Png,
        candidate: &Png,
    ) -> Result<BTreeMap<String, f64>, Fault> {
        let (this, reference, candidate) = (Arc::clone(self), reference.clone(), candidate.clone());
        blocking(move || this.compare_now(&reference, &candidate))
            .await?
            .map_err(|error| Fault::system(SystemFaultKind::Helper, error.to_string()))
    }

    fn compare_now(
        &self,
        reference: &Png,
        candidate: &Png,
    ) -> Result<BTreeMap<String, f64>, pageloom_vision::VisionError> {
        if reference == candidate || decode(reference)? == decode(candidate)? {
            let dino = self.dino.as_ref().map(|_| "dino");
            let measured = ["ocr", "structure"].into_iter().chain(dino);
            return Ok(measured.map(|what| (what.to_owned(), 1.0)).collect());
        }
        let text = |png: &Png| self.cache.text(&*self.ocr, png);
        let mut values = BTreeMap::new();
        values.insert("ocr".to_owned(), text_similarity(&text(reference)?, &text(candidate)?));
        // The local judge goes by it also where there are weights.
        values.insert("structure".to_owned(), structure_similarity(reference, candidate)?);
        if let Some(dino) = &self.dino {
            let embedded = self.cache.embeddings(&**dino, &[reference, candidate])?;
            if let [reference, candidate] = &embedded[..] {
                values.insert("dino".to_owned(), cosine(reference, candidate));
            }
        }
        Ok(values)
    }
}
