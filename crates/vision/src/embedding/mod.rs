//! Pictures as vectors: how alike two pages look to a network that was trained to see. Owns [`Dino`],
//! a DINOv2 vision transformer read from a local file, and [`cosine`]. Nothing is fetched: without a
//! file there is no embedding, and [`crate::structure_similarity`] goes by its own name.
//!
//! Oquab et al. 2023, DINOv2 (arXiv 2304.07193). Preparation and forward pass follow the reference
//! implementation (`Dinov2Model` and its image processor); `evals/embedding` measures how closely.

mod preparation;
mod settings;
mod transformer;
mod weights;

use std::path::Path;

use pageloom_schema::Png;

use crate::error::VisionError;
use crate::pixels::decode;
use preparation::prepare;
use settings::Settings;
use transformer::Transformer;
use weights::Weights;

/// Pictures that go through the network at once; more make it no faster and take more memory.
const BATCH: usize = 4;

/// Something that turns pictures into vectors.
pub trait Embedder: Send + Sync {
    /// Method and weights: two embedders of the same identity give every picture the same vector.
    fn identity(&self) -> String;

    /// One vector for each picture, in their order, all of one length.
    ///
    /// # Errors
    /// [`VisionError`] for a picture that cannot be decoded or a network that fails.
    fn embed(&self, pictures: &[&Png]) -> Result<Vec<Vec<f32>>, VisionError>;
}

/// A DINOv2 network with its weights in memory, as 32-bit floats: some 350 MB for the base size.
#[derive(Debug)]
pub struct Dino {
    settings: Settings,
    network: Transformer,
    identity: String,
}

impl Dino {
    /// The largest weights file that is read, in bytes: 2 GiB, which the large size (1.2 GB) fits in and
    /// the giant one (which has another inner layer, too) does not. Stored as 16-bit floats, weights
    /// take twice the file's size in memory.
    pub const MAX_WEIGHTS_BYTES: u64 = 2 << 30;

    /// Reads weights in the layout of Hugging Face from `model.safetensors` in a folder, or from a file
    /// of any name. `config.json` and `preprocessor_config.json` beside it are obeyed; without them the
    /// sizes are taken from the tensors and pictures are prepared as for `facebook/dinov2-base`.
    ///
    /// # Errors
    /// [`VisionError::BadWeights`] for what cannot be read, [`VisionError::MissingTensor`] and
    /// [`VisionError::TensorShape`] with the tensor's name.
    pub fn load(place: &Path) -> Result<Self, VisionError> {
        let file = if place.is_dir() { place.join("model.safetensors") } else { place.to_owned() };
        let mut weights = Weights::open(&file)?;
        let settings = Settings::read(&file, &weights)?;
        let network = Transformer::load(&mut weights, &settings)?;
        let identity = format!("dinov2 pageloom 1 {}", weights.hash(&settings.to_string())?);
        Ok(Self { settings, network, identity })
    }

    /// Numbers in a vector: 768 for the base size.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.settings.hidden
    }

    /// The network's summary of each picture: its class token after the last normalisation. The
    /// picture is shrunk or enlarged until its shorter side has 256 pixels, and the middle 224 by 224
    /// are seen (or what the settings beside the weights say): of a long page only its middle.
    ///
    /// # Errors
    /// [`VisionError`] for a picture that cannot be decoded, [`VisionError::BadWeights`] when the
    /// weights give no finite numbers.
    pub fn embed(&self, pictures: &[&Png]) -> Result<Vec<Vec<f32>>, VisionError> {
        let mut vectors = Vec::with_capacity(pictures.len());
        for batch in pictures.chunks(BATCH) {
            let prepared = batch
                .iter()
                .map(|picture| Ok(prepare(&decode(picture)?, &self.settings)))
                .collect::<Result<Vec<_>, VisionError>>()?;
            vectors.extend(self.network.forward(&prepared, &self.settings)?);
        }
        Ok(vectors)
    }
}

impl Embedder for Dino {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn embed(&self, pictures: &[&Png]) -> Result<Vec<Vec<f32>>, VisionError> {
        Self::embed(self, pictures)
    }
}

/// Cosine of the angle between two vectors, below zero taken as zero: 0..=1, as IWR-Bench does. A
/// vector without length, or of another length, is like nothing (0).
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let product = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = product(a, a).sqrt() * product(b, b).sqrt();
    if a.len() == b.len() && lengths > 0.0 && lengths.is_finite() {
        (product(a, b) / lengths).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_is_bounded_and_knows_no_direction_for_nothing() {
        assert!((cosine(&[1.0, 2.0], &[2.0, 4.0]) - 1.0).abs() < 1e-12);
        assert!((cosine(&[1.0, 0.0], &[1.0, 1.0]) - 0.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(cosine(&[1.0, 0.0], &[-1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[1.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[f32::NAN, 1.0], &[1.0, 1.0]), 0.0);
    }
}
