//! Tensors from a file in the safetensors format: eight bytes that say how long the header is, a JSON
//! header with type, shape and place of each tensor, then their bytes. Owns [`Weights`], which checks
//! what the header says against the file before anything is allocated, and reads one tensor at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use serde::Deserialize;

use super::Dino;
use crate::error::VisionError;

/// The longest header: those of the published networks have some 50 KB.
const MAX_HEADER_BYTES: u64 = 8 << 20;

/// An open weights file.
pub(super) struct Weights {
    place: PathBuf,
    file: File,
    entries: BTreeMap<String, Entry>,
    /// Where the tensors' bytes begin.
    start: u64,
    /// Bytes of the file.
    length: u64,
    /// Before every name: `dinov2.` where a larger network holds this one.
    prefix: &'static str,
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

impl Weights {
    /// Opens a file and reads its header.
    pub(super) fn open(place: &Path) -> Result<Self, VisionError> {
        let bad = |reason: String| bad_weights(place, reason);
        let unreadable = |error: std::io::Error| bad(error.to_string());
        // Asked first: to open a named pipe would wait for a writer.
        let about = std::fs::metadata(place).map_err(unreadable)?;
        let length = about.len();
        if !about.is_file() || length > Dino::MAX_WEIGHTS_BYTES {
            let most = Dino::MAX_WEIGHTS_BYTES;
            return Err(bad(format!("it must be a file of at most {most} bytes")));
        }
        let mut file = File::open(place).map_err(unreadable)?;
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| bad("it is too short for a header".into()))?;
        let size = u64::from_le_bytes(size);
        if size > MAX_HEADER_BYTES {
            return Err(bad(format!(
                "its header has {size} bytes; at most {MAX_HEADER_BYTES} are read"
            )));
        }
        if size > length - 8 {
            return Err(bad("it ends within its header".into()));
        }
        let mut header = vec![0; size as usize];
        file.read_exact(&mut header).map_err(unreadable)?;
        let raw: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&header)
            .map_err(|error| bad(format!("its header is not JSON: {error}")))?;
        let mut entries = BTreeMap::new();
        for (name, value) in raw {
            if name != "__metadata__" {
                let entry: Entry = serde_json::from_value(value)
                    .map_err(|error| bad(format!("tensor `{name}` is not described: {error}")))?;
                entries.insert(name, entry);
            }
        }
        let prefix =
            if entries.contains_key("dinov2.embeddings.cls_token") { "dinov2." } else { "" };
        Ok(Self { place: place.to_owned(), file, entries, start: 8 + size, length, prefix })
    }

    pub(super) fn bad(&self, reason: String) -> VisionError {
        bad_weights(&self.place, reason)
    }

    fn entry(&self, name: &str) -> Result<&Entry, VisionError> {
        let full = format!("{}{name}", self.prefix);
        self.entries.get(&full).ok_or_else(|| VisionError::MissingTensor {
            file: self.place.display().to_string(),
            tensor: full,
        })
    }

    fn wrong_shape(&self, name: &str, entry: &Entry, wanted: String) -> VisionError {
        VisionError::TensorShape {
            file: self.place.display().to_string(),
            tensor: format!("{}{name}", self.prefix),
            found: format!("{:?}", entry.shape),
            wanted,
        }
    }

    /// One side of a tensor that has this many.
    pub(super) fn side(&self, name: &str, sides: usize, n: usize) -> Result<usize, VisionError> {
        let entry = self.entry(name)?;
        if entry.shape.len() == sides {
            Ok(entry.shape[n])
        } else {
            Err(self.wrong_shape(name, entry, format!("{sides} sides")))
        }
    }

    /// Blocks whose first normalisation is there, without a gap from block 0.
    pub(super) fn layers(&self) -> usize {
        (0..self.entries.len())
            .take_while(|n| {
                self.entries.contains_key(&format!("{}encoder.layer.{n}.norm1.weight", self.prefix))
            })
            .count()
    }

    /// A tensor of this shape as 32-bit floats.
    pub(super) fn read(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, VisionError> {
        let entry = self.entry(name)?;
        if entry.shape != shape {
            return Err(self.wrong_shape(name, entry, format!("{shape:?}")));
        }
        let wrong = |reason: &str| self.bad(format!("tensor `{}{name}` {reason}", self.prefix));
        let kind = match entry.dtype.as_str() {
            "F32" => DType::F32,
            "F16" => DType::F16,
            "BF16" => DType::BF16,
            other => return Err(wrong(&format!("is of the unsupported type `{other}`"))),
        };
        let (from, to) = entry.data_offsets;
        // The shape is one that was asked for, so its product is no overflow.
        let size = (shape.iter().product::<usize>() * kind.size_in_bytes()) as u64;
        if to.checked_sub(from) != Some(size) {
            return Err(wrong(&format!("has not the {size} bytes of its shape")));
        }
        let (Some(place), Some(end)) = (self.start.checked_add(from), self.start.checked_add(to))
        else {
            return Err(wrong("lies outside of the file"));
        };
        if end > self.length {
            return Err(wrong("is cut off: the file is truncated"));
        }
        let mut bytes = vec![0; size as usize];
        let read =
            self.file.seek(SeekFrom::Start(place)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| self.bad(format!("tensor `{}{name}`: {error}", self.prefix)))?;
        Tensor::from_raw_buffer(&bytes, kind, shape, &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(DType::F32))
            .map_err(|error| self.bad(format!("tensor `{}{name}`: {error}", self.prefix)))
    }

    /// A digest of the whole file and of what else decides about the numbers, in hexadecimal.
    pub(super) fn hash(&mut self, settings: &str) -> Result<String, VisionError> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(settings.as_bytes());
        let hashed = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| hasher.update_reader(&mut self.file).map(|hasher| hasher.finalize()));
        hashed.map(|hash| hash.to_string()).map_err(|error| self.bad(error.to_string()))
    }
}

fn bad_weights(place: &Path, reason: String) -> VisionError {
    VisionError::BadWeights { file: place.display().to_string(), reason }
}
