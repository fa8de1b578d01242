//! The pipes of a running program.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How many times what is kept a program may write before that ends it.
const FLOOD: usize = 16;

/// Reads an output to its end, keeps its beginning, and tells of a flood.
pub(crate) struct Kept {
    reading: JoinHandle<Vec<u8>>,
}

impl Kept {
    pub(crate) fn start(from: OwnedFd, keep: usize, flood: Arc<Notify>) -> std::io::Result<Self> {
        let mut from = pipe::Receiver::from_owned_fd(from)?;
        let reading = tokio::spawn(async move {
            let mut kept = Vec::new();
            let mut part = vec![0_u8; 64 * 1024];
            let mut total = 0_usize;
            while let Ok(count) = from.read(&mut part).await {
                if count == 0 {
                    break;
                }
                total = total.saturating_add(count);
                let room = keep.saturating_sub(kept.len()).min(count);
                kept.extend_from_slice(part.get(..room).unwrap_or_default());
                if total > keep.saturating_mul(FLOOD) {
                    flood.notify_one();
                    break;
                }
            }
            kept
        });
        Ok(Self { reading })
    }

    /// What was kept, once the output has ended.
    pub(crate) async fn end(mut self) -> Vec<u8> {
        (&mut self.reading).await.unwrap_or_default()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Writes `bytes` to an input and closes it. A program that does not read them is not waited for.
pub(crate) fn feed(into: OwnedFd, bytes: Vec<u8>) -> std::io::Result<JoinHandle<()>> {
    let mut into = pipe::Sender::from_owned_fd(into)?;
    Ok(tokio::spawn(async move {
        // The program may end without having read its input.
        drop(into.write_all(&bytes).await);
    }))
}
