//! The sizes of a network and how pictures are prepared for it: from the files beside the weights, else
//! from the tensors and the values of `facebook/dinov2-base`.

use std::fmt;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::weights::Weights;
use crate::error::VisionError;

/// The most bytes of a settings file.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Bounds of what a file may ask for, with room beyond the largest published network.
const MAX_HIDDEN: usize = 4_096;
const MAX_LAYERS: usize = 64;
const MAX_PATCH: usize = 64;
const MAX_SIDE: usize = 1_024;
/// The most patches of a picture: attention grows with their square.
const MAX_PATCHES: usize = 4_096;

/// What a network needs to know.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// Numbers of a token.
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    /// Numbers between the two linear layers of a block.
    pub(super) inner: usize,
    /// Side of a patch in pixels.
    pub(super) patch: usize,
    /// Side of the grid of positions that the weights have.
    pub(super) grid: usize,
    pub(super) epsilon: f64,
    /// Whether queries, keys and values have biases.
    pub(super) biases: bool,
    /// What the shorter side of a picture becomes, in pixels.
    pub(super) shortest_edge: usize,
    /// Side of the square that is seen, in pixels; at most `shortest_edge`.
    pub(super) crop: usize,
    pub(super) mean: [f32; 3],
    pub(super) spread: [f32; 3],
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// `config.json`, as far as it matters.
#[derive(Default, Deserialize)]
struct Config {
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    layer_norm_eps: Option<f64>,
    qkv_bias: Option<bool>,
    hidden_act: Option<String>,
    use_swiglu_ffn: Option<bool>,
}

/// `preprocessor_config.json`, as far as it matters.
#[derive(Default, Deserialize)]
struct Preparation {
    size: Option<Size>,
    crop_size: Option<CropSize>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
    resample: Option<u32>,
}

#[derive(Deserialize)]
struct Size {
    shortest_edge: usize,
}

#[derive(Deserialize)]
struct CropSize {
    height: usize,
    width: usize,
}

impl Settings {
    /// The settings for a weights file.
    pub(super) fn read(file: &Path, weights: &Weights) -> Result<Self, VisionError> {
        let config: Config = read_beside(file, "config.json")?.unwrap_or_default();
        let preparation: Preparation =
            read_beside(file, "preprocessor_config.json")?.unwrap_or_default();
        let bad = |reason: String| Err(weights.bad(reason));
        let hidden = weights.side("embeddings.cls_token", 3, 2)?;
        let patch = weights.side("embeddings.patch_embeddings.projection.weight", 4, 3)?;
        let positions = weights.side("embeddings.position_embeddings", 3, 1)?;
        let inner = weights.side("encoder.layer.0.mlp.fc1.weight", 2, 0)?;
        let layers = config.num_hidden_layers.unwrap_or_else(|| weights.layers());
        // All published sizes have heads of 64 numbers.
        let heads = config.num_attention_heads.unwrap_or(hidden / 64);
        let grid = positions.saturating_sub(1).isqrt();
        if config.use_swiglu_ffn == Some(true) {
            return bad("`use_swiglu_ffn` is not supported".into());
        }
        if let Some(other) = config.hidden_act.filter(|act| act != "gelu") {
            return bad(format!("`hidden_act` is `{other}`; only `gelu` is supported"));
        }
        if let Some(other) = preparation.resample.filter(|resample| *resample != 3) {
            return bad(format!("`resample` is {other}; only 3, bicubic, is supported"));
        }
        if grid == 0 || grid * grid + 1 != positions {
            return bad(format!(
                "`embeddings.position_embeddings` has {positions} rows; one more than a square is needed"
            ));
        }
        let crop = match &preparation.crop_size {
            Some(crop) if crop.width == crop.height => crop.width,
            Some(_) => return bad("`crop_size` is not a square".into()),
            None => 224,
        };
        let shortest_edge = preparation.size.map_or(256, |size| size.shortest_edge);
        let sizes = [
            ("hidden", hidden, MAX_HIDDEN),
            ("inner", inner, 8 * MAX_HIDDEN),
            ("layers", layers, MAX_LAYERS),
            ("patch", patch, MAX_PATCH),
            ("grid", grid, MAX_SIDE),
            ("heads", heads, hidden),
            ("shortest_edge", shortest_edge, MAX_SIDE),
            ("crop", crop, shortest_edge),
            ("patches", (crop / patch.max(1)).saturating_pow(2), MAX_PATCHES),
        ];
        if let Some((what, found, most)) =
            sizes.into_iter().find(|(_, found, most)| !(1..=*most).contains(found))
        {
            return bad(format!("`{what}` is {found}; 1..={most} is possible"));
        }
        if hidden % heads != 0 {
            return bad(format!("{hidden} numbers cannot be shared among {heads} heads"));
        }
        let epsilon = config.layer_norm_eps.unwrap_or(1e-6);
        let spread = preparation.image_std.unwrap_or([0.229, 0.224, 0.225]);
        let mean = preparation.image_mean.unwrap_or([0.485, 0.456, 0.406]);
        let positive = |value: f32| value.is_finite() && value > 0.0;
        if !positive(epsilon as f32) || !spread.into_iter().all(positive) {
            return bad("`layer_norm_eps` and `image_std` must be positive".into());
        }
        let biases = config.qkv_bias.unwrap_or(true);
        Ok(Self {
            hidden,
            layers,
            heads,
            inner,
            patch,
            grid,
            epsilon,
            biases,
            shortest_edge,
            crop,
            mean,
            spread,
        })
    }
}

/// A settings file beside the weights; `None` when there is none.
fn read_beside<T: DeserializeOwned>(file: &Path, name: &str) -> Result<Option<T>, VisionError> {
    let place = file.with_file_name(name);
    let bad =
        |reason: String| VisionError::BadWeights { file: place.display().to_string(), reason };
    let opened = match std::fs::File::open(&place) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(bad(error.to_string())),
    };
    let mut text = String::new();
    opened
        .take(MAX_FILE_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| bad(error.to_string()))?;
    serde_json::from_str(&text).map(Some).map_err(|error| bad(error.to_string()))
}
