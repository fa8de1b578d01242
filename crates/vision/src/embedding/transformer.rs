//! The forward pass of a DINOv2 vision transformer: patches, positions, blocks of attention and two
//! linear layers, each scaled and added. Owns the network's tensors. Must not know about pictures' sizes
//! or files: it gets prepared squares.

use candle_core::{D, Device, Tensor};
use candle_nn::ops::{layer_norm, softmax_last_dim};

use super::settings::Settings;
use super::weights::Weights;
use crate::error::VisionError;

/// A network.
#[derive(Debug)]
pub(super) struct Transformer {
    /// The class token with its position, `[1, 1, hidden]`.
    class: Tensor,
    /// Positions of the patches, `[1, patches, hidden]`.
    positions: Tensor,
    projection: Linear,
    blocks: Vec<Block>,
    norm: Norm,
}

#[derive(Debug)]
struct Block {
    before_attention: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_scale: Tensor,
    before_inner: Norm,
    widen: Linear,
    narrow: Linear,
    inner_scale: Tensor,
}

#[derive(Debug)]
struct Linear {
    /// `[in, out]`
    weight: Tensor,
    bias: Option<Tensor>,
}

#[derive(Debug)]
struct Norm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f32,
}

impl Linear {
    fn load(
        weights: &mut Weights,
        name: &str,
        [inputs, outputs]: [usize; 2],
        biased: bool,
    ) -> Result<Self, VisionError> {
        let weight = weights.read(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias =
            if biased { Some(weights.read(&format!("{name}.bias"), &[outputs])?) } else { None };
        let weight = weight.t().map_err(|error| weights.bad(error.to_string()))?;
        Ok(Self { weight, bias })
    }

    /// Of rows `[rows, in]`.
    fn forward(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        let rows = rows.matmul(&self.weight)?;
        match &self.bias {
            Some(bias) => rows.broadcast_add(bias),
            None => Ok(rows),
        }
    }
}

impl Norm {
    fn load(weights: &mut Weights, name: &str, settings: &Settings) -> Result<Self, VisionError> {
        let weight = weights.read(&format!("{name}.weight"), &[settings.hidden])?;
        let bias = weights.read(&format!("{name}.bias"), &[settings.hidden])?;
        Ok(Self { weight, bias, epsilon: settings.epsilon as f32 })
    }

    fn forward(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        layer_norm(rows, &self.weight, &self.bias, self.epsilon)
    }
}

impl Block {
    fn load(weights: &mut Weights, n: usize, settings: &Settings) -> Result<Self, VisionError> {
        let name = |part: &str| format!("encoder.layer.{n}.{part}");
        let (hidden, inner, biases) = (settings.hidden, settings.inner, settings.biases);
        let square = [hidden, hidden];
        let mut attention = |part: &str| {
            Linear::load(weights, &name(&format!("attention.attention.{part}")), square, biases)
        };
        let (query, key, value) = (attention("query")?, attention("key")?, attention("value")?);
        Ok(Self {
            before_attention: Norm::load(weights, &name("norm1"), settings)?,
            query,
            key,
            value,
            output: Linear::load(weights, &name("attention.output.dense"), square, true)?,
            attention_scale: weights.read(&name("layer_scale1.lambda1"), &[hidden])?,
            before_inner: Norm::load(weights, &name("norm2"), settings)?,
            widen: Linear::load(weights, &name("mlp.fc1"), [hidden, inner], true)?,
            narrow: Linear::load(weights, &name("mlp.fc2"), [inner, hidden], true)?,
            inner_scale: weights.read(&name("layer_scale2.lambda1"), &[hidden])?,
        })
    }

    /// Of tokens `[pictures × tokens, hidden]`.
    fn forward(
        &self,
        tokens: &Tensor,
        pictures: usize,
        heads: usize,
    ) -> candle_core::Result<Tensor> {
        let (rows, hidden) = tokens.dims2()?;
        let size = hidden / heads;
        let seen = self.before_attention.forward(tokens)?;
        let split = |linear: &Linear| {
            let parts = linear.forward(&seen)?;
            parts.reshape((pictures, rows / pictures, heads, size))?.transpose(1, 2)?.contiguous()
        };
        let (query, key, value) = (split(&self.query)?, split(&self.key)?, split(&self.value)?);
        let query = (query * (size as f64).sqrt().recip())?;
        let shares = softmax_last_dim(&query.matmul(&key.transpose(2, 3)?.contiguous()?)?)?;
        let mixed =
            shares.matmul(&value)?.transpose(1, 2)?.contiguous()?.reshape((rows, hidden))?;
        let tokens =
            (tokens + self.output.forward(&mixed)?.broadcast_mul(&self.attention_scale)?)?;
        let seen = self.before_inner.forward(&tokens)?;
        let wide = self.widen.forward(&seen)?.gelu_erf()?;
        &tokens + self.narrow.forward(&wide)?.broadcast_mul(&self.inner_scale)?
    }
}

impl Transformer {
    pub(super) fn load(weights: &mut Weights, settings: &Settings) -> Result<Self, VisionError> {
        let (hidden, patch) = (settings.hidden, settings.patch);
        let class = weights.read("embeddings.cls_token", &[1, 1, hidden])?;
        let rows = settings.grid * settings.grid + 1;
        let stored = weights.read("embeddings.position_embeddings", &[1, rows, hidden])?;
        let name = "embeddings.patch_embeddings.projection";
        let kernel = weights.read(&format!("{name}.weight"), &[hidden, 3, patch, patch])?;
        let bias = weights.read(&format!("{name}.bias"), &[hidden])?;
        let blocks = (0..settings.layers)
            .map(|n| Block::load(weights, n, settings))
            .collect::<Result<Vec<_>, _>>()?;
        let norm = Norm::load(weights, "layernorm", settings)?;
        let wanted = settings.crop / patch;
        let placed = || -> candle_core::Result<_> {
            let class = (class + stored.narrow(1, 0, 1)?)?;
            let grid = stored.narrow(1, 1, rows - 1)?.flatten_all()?.to_vec1::<f32>()?;
            let grid = resized_grid(&grid, settings.grid, wanted, hidden);
            let positions = Tensor::from_vec(grid, (1, wanted * wanted, hidden), &Device::Cpu)?;
            let weight = kernel.reshape((hidden, 3 * patch * patch))?.t()?;
            Ok((class, positions, Linear { weight, bias: Some(bias) }))
        };
        let (class, positions, projection) =
            placed().map_err(|error| weights.bad(error.to_string()))?;
        Ok(Self { class, positions, projection, blocks, norm })
    }

    /// The class token of each prepared picture after the last normalisation.
    pub(super) fn forward(
        &self,
        pictures: &[Vec<f32>],
        settings: &Settings,
    ) -> Result<Vec<Vec<f32>>, VisionError> {
        let failed = |reason: String| VisionError::EmbeddingFailed { reason };
        let vectors =
            self.classes(pictures, settings).map_err(|error| failed(error.to_string()))?;
        if vectors.iter().flatten().all(|value| value.is_finite()) {
            Ok(vectors)
        } else {
            Err(failed("the weights give numbers that are not finite".into()))
        }
    }

    fn classes(
        &self,
        pictures: &[Vec<f32>],
        settings: &Settings,
    ) -> candle_core::Result<Vec<Vec<f32>>> {
        let (count, hidden) = (pictures.len(), settings.hidden);
        let (side, patch) = (settings.crop / settings.patch, settings.patch);
        let values: Vec<f32> =
            pictures.iter().flat_map(|p| patches(p, settings.crop, patch)).collect();
        let rows = (count * side * side, 3 * patch * patch);
        let rows = Tensor::from_vec(values, rows, &Device::Cpu)?;
        let seen = self.projection.forward(&rows)?.reshape((count, side * side, hidden))?;
        let seen = seen.broadcast_add(&self.positions)?;
        let class = self.class.broadcast_as((count, 1, hidden))?;
        let tokens = Tensor::cat(&[&class, &seen], 1)?;
        let mut tokens = tokens.reshape((count * (side * side + 1), hidden))?;
        for block in &self.blocks {
            tokens = block.forward(&tokens, count, settings.heads)?;
        }
        let tokens = tokens.reshape((count, side * side + 1, hidden))?;
        let classes = tokens.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?;
        debug_assert_eq!(classes.dim(D::Minus1)?, hidden);
        self.norm.forward(&classes)?.to_vec2::<f32>()
    }
}

/// The pixels of a prepared picture patch by patch: in each, planes of red, green and blue. What is
/// left over at the right and below is not seen, as by a convolution with that stride.
fn patches(values: &[f32], crop: usize, patch: usize) -> impl Iterator<Item = f32> {
    let side = crop / patch;
    (0..side * side).flat_map(move |n| {
        let (top, left) = (n / side * patch, n % side * patch);
        (0..3 * patch).flat_map(move |line| {
            let (channel, row) = (line / patch, line % patch);
            let start = (channel * crop + top + row) * crop + left;
            values[start..start + patch].iter().copied()
        })
    })
}

/// A square grid of rows of numbers at another size: cubic convolution (a = −0.75) between the four
/// nearest, centres on centres, edges repeated, as the reference's `interpolate` does without
/// antialiasing.
fn resized_grid(grid: &[f32], old: usize, new: usize, hidden: usize) -> Vec<f32> {
    if old == new {
        return grid.to_vec();
    }
    let scale = old as f32 / new as f32;
    let taps: Vec<[(usize, f32); 4]> = (0..new)
        .map(|n| {
            let place = scale * (n as f32 + 0.5) - 0.5;
            let share = place - place.floor();
            let shares = [share + 1.0, share, 1.0 - share, 2.0 - share];
            std::array::from_fn(|tap| {
                let from = place.floor() as isize + tap as isize - 1;
                (from.clamp(0, old as isize - 1) as usize, cubic(shares[tap]))
            })
        })
        .collect();
    let mut resized = Vec::with_capacity(new * new * hidden);
    for down in &taps {
        for across in &taps {
            for n in 0..hidden {
                let row = |y: usize| -> f32 {
                    across.iter().map(|(x, weight)| weight * grid[(y * old + x) * hidden + n]).sum()
                };
                resized.push(down.iter().map(|(y, weight)| weight * row(*y)).sum());
            }
        }
    }
    resized
}

/// The cubic convolution kernel (Keys 1981) with a = −0.75, for 0..=2.
fn cubic(x: f32) -> f32 {
    const A: f32 = -0.75;
    if x <= 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else {
        ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_taken_row_by_row_with_their_channels_apart() {
        // Two by two patches of one pixel, three channels.
        let values: Vec<f32> = (0..12_u8).map(f32::from).collect();
        let found: Vec<f32> = patches(&values, 2, 1).collect();
        assert_eq!(found, [0.0, 4.0, 8.0, 1.0, 5.0, 9.0, 2.0, 6.0, 10.0, 3.0, 7.0, 11.0]);
        // A rest of one column and row is left out.
        let values = vec![1.0; 3 * 5 * 5];
        assert_eq!(patches(&values, 5, 2).count(), 4 * 3 * 4);
    }

    #[test]
    fn a_constant_grid_stays_constant_at_any_size() {
        for new in [1, 4, 16, 37, 40] {
            let resized = resized_grid(&[2.5; 37 * 37], 37, new, 1);
            assert!(resized.iter().all(|value| (value - 2.5).abs() < 1e-5), "{new}");
        }
    }
}
