//! Requests and replies: MessagePack behind a length of four bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::path::PathBuf;

use pageloom_schema::SitePath;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::fast::FastOutcome;
use crate::styles::script::TailwindScript;
use crate::vendor::VendorBundle;

/// The largest message, in bytes.
pub(crate) const MAX_BYTES: usize = 256 << 20;

/// What a worker is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Build a project.
    Build(Box<BuildRequest>),
    /// Bundle packages of a set.
    Vendor {
        /// Where the set is installed.
        set: PathBuf,
        /// What projects may import of it.
        specifiers: Vec<String>,
    },
    /// Bundle the Tailwind CSS of a set.
    Tailwind {
        /// Where the set is installed.
        set: PathBuf,
    },
}

/// A project to be built, and with what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BuildRequest {
    pub(crate) files: BTreeMap<SitePath, ByteBuf>,
    /// Where the set is installed.
    pub(crate) set: PathBuf,
    /// Packages that the project may import.
    pub(crate) allowed: BTreeSet<String>,
    /// Where the vendor bundle is.
    pub(crate) vendor: PathBuf,
    pub(crate) vendor_key: String,
    /// The set's Tailwind script.
    pub(crate) tailwind: Option<PathBuf>,
}

/// What a worker answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// To [`Request::Build`].
    Build(FastOutcome),
    /// To [`Request::Vendor`].
    Vendor(VendorBundle),
    /// To [`Request::Tailwind`].
    Tailwind(Option<TailwindScript>),
    /// Something that should not go wrong did.
    Failed(String),
}

pub(crate) fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>> {
    let body = rmp_serde::to_vec_named(message).map_err(Error::other)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MAX_BYTES);
    let length =
        length.ok_or_else(|| Error::new(ErrorKind::InvalidData, "the message is too large"))?;
    let mut framed = Vec::with_capacity(body.len() + 4);
    framed.extend_from_slice(&length.to_le_bytes());
    framed.extend_from_slice(&body);
    Ok(framed)
}

pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    rmp_serde::from_slice(body).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}

/// The length that four bytes announce.
pub(crate) fn length(head: [u8; 4]) -> Result<usize> {
    let length = usize::try_from(u32::from_le_bytes(head)).unwrap_or(usize::MAX);
    if length > MAX_BYTES {
        return Err(Error::new(ErrorKind::InvalidData, "the message is too large"));
    }
    Ok(length)
}

/// Reads a message; `None` at the end of the stream.
pub(crate) fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut body = vec![0; length(head)?];
    from.read_exact(&mut body)?;
    decode(&body).map(Some)
}

pub(crate) fn write<T: Serialize>(into: &mut impl Write, message: &T) -> Result<()> {
    into.write_all(&encode(message)?)?;
    into.flush()
}
