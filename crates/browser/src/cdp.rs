//! The Chrome DevTools Protocol over a pair of pipes: commands out, answers and events in.
//!
//! One reader task splits the stream at NUL bytes and parses only the envelope; what a message
//! holds is parsed by whoever waits for it. Queues are bounded: a page that talks faster than we
//! listen is cut off (its queue closes), it cannot fill our memory or hold up its neighbours.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};

use crate::error::BrowserError;

/// The most events one session may have waiting. A page that outruns it loses its session.
const EVENT_QUEUE: usize = 4_096;
/// The largest single message: a full-page PNG of 16,384 lines in base64 stays well below.
const MAX_MESSAGE: usize = 512 * 1024 * 1024;
/// What a pipe holds at most before its writer waits, in bytes.
const PIPE_SIZE: usize = 1 << 20;
/// How long a command that needs no page may take before the browser counts as hung.
pub(crate) const COMMAND_LIMIT: Duration = Duration::from_secs(10);

/// An event of one session.
#[derive(Debug)]
pub(crate) struct CdpEvent {
    /// `Domain.event`.
    pub(crate) method: String,
    /// Its parameters, still text.
    pub(crate) params: Box<RawValue>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: Option<u64>,
    method: Option<String>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    error: Option<CommandError>,
    #[serde(rename = "sessionId")]
    session_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    session_id: String,
}

#[derive(Deserialize)]
struct CommandError {
    message: String,
}

#[derive(Serialize)]
struct Command<'a, P> {
    id: u64,
    method: &'a str,
    params: P,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
}

type Reply = Result<Box<RawValue>, String>;

#[derive(Default)]
struct Routes {
    closed: bool,
    pending: HashMap<u64, oneshot::Sender<Reply>>,
    sessions: HashMap<String, mpsc::Sender<CdpEvent>>,
}

/// A connection to one browser process.
pub(crate) struct Connection {
    outgoing: mpsc::Sender<Vec<u8>>,
    next_id: AtomicU64,
    routes: Arc<Mutex<Routes>>,
}

/// Parameters of a command that takes none.
#[derive(Serialize)]
pub(crate) struct NoParams {}

/// The answer to a command whose answer holds nothing of interest.
#[derive(Deserialize)]
pub(crate) struct Ignored {}

impl Connection {
    /// Starts to talk over `commands` (we write) and `answers` (we read).
    pub(crate) fn start(commands: OwnedFd, answers: OwnedFd) -> std::io::Result<Self> {
        for pipe in [&commands, &answers] {
            // Pictures and scripts go through in one piece; where it may not be that large, in more.
            let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_SIZE);
        }
        let sender = pipe::Sender::from_owned_fd(commands)?;
        let receiver = pipe::Receiver::from_owned_fd(answers)?;
        let (outgoing, queue) = mpsc::channel(256);
        let routes = Arc::new(Mutex::new(Routes::default()));
        tokio::spawn(write_commands(sender, queue));
        tokio::spawn(read_messages(receiver, Arc::clone(&routes)));
        Ok(Self { outgoing, next_id: AtomicU64::new(1), routes })
    }

    /// Opens the event queue of a session.
    pub(crate) fn listen(&self, session: &str) -> mpsc::Receiver<CdpEvent> {
        let (sender, receiver) = mpsc::channel(EVENT_QUEUE);
        lock(&self.routes).sessions.insert(session.to_owned(), sender);
        receiver
    }

    /// Closes the event queue of a session.
    pub(crate) fn forget(&self, session: &str) {
        lock(&self.routes).sessions.remove(session);
    }

    /// True once the browser has closed its side.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.routes).closed
    }

    /// Sends a command and waits for its answer, without a limit of its own.
    pub(crate) async fn send<P: Serialize>(
        &self,
        session: Option<&str>,
        method: &str,
        params: P,
    ) -> Result<Box<RawValue>, BrowserError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let command = Command { id, method, params, session_id: session };
        let mut bytes = serde_json::to_vec(&command).map_err(|error| BrowserError::Protocol {
            method: method.to_owned(),
            message: error.to_string(),
        })?;
        bytes.push(0);
        let (sender, receiver) = oneshot::channel();
        {
            let mut routes = lock(&self.routes);
            if routes.closed {
                return Err(BrowserError::Lost);
            }
            routes.pending.insert(id, sender);
        }
        // A caller that gives up must not leave its entry behind.
        let _entry = PendingEntry { routes: &self.routes, id };
        self.outgoing.send(bytes).await.map_err(|_| BrowserError::Lost)?;
        match receiver.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(message)) => Err(BrowserError::Refused { method: method.to_owned(), message }),
            Err(_) => Err(BrowserError::Lost),
        }
    }

    /// Like [`Self::send`], with the answer read as `T`.
    pub(crate) async fn call<P: Serialize, T: DeserializeOwned>(
        &self,
        session: Option<&str>,
        method: &str,
        params: P,
    ) -> Result<T, BrowserError> {
        let raw = self.send(session, method, params).await?;
        parse(method, &raw)
    }

    /// A command to the browser itself, which must answer within [`COMMAND_LIMIT`].
    pub(crate) async fn browser_call<P: Serialize, T: DeserializeOwned>(
        &self,
        method: &str,
        params: P,
    ) -> Result<T, BrowserError> {
        tokio::time::timeout(COMMAND_LIMIT, self.call(None, method, params))
            .await
            .map_err(|_| BrowserError::Silent { method: method.to_owned() })?
    }
}

/// Reads a raw answer as `T`.
pub(crate) fn parse<T: DeserializeOwned>(method: &str, raw: &RawValue) -> Result<T, BrowserError> {
    serde_json::from_str(raw.get()).map_err(|error| BrowserError::Protocol {
        method: method.to_owned(),
        message: error.to_string(),
    })
}

struct PendingEntry<'a> {
    routes: &'a Mutex<Routes>,
    id: u64,
}

impl Drop for PendingEntry<'_> {
    fn drop(&mut self) {
        lock(self.routes).pending.remove(&self.id);
    }
}

fn lock(routes: &Mutex<Routes>) -> std::sync::MutexGuard<'_, Routes> {
    routes.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn write_commands(mut pipe: pipe::Sender, mut queue: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = queue.recv().await {
        if pipe.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn read_messages(mut pipe: pipe::Receiver, routes: Arc<Mutex<Routes>>) {
    let mut buffer: Vec<u8> = Vec::with_capacity(1 << 20);
    let mut scanned = 0;
    loop {
        match pipe.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        let mut start = 0;
        while let Some(offset) = buffer.get(scanned..).and_then(find_nul) {
            let end = scanned + offset;
            if let Some(message) = buffer.get(start..end) {
                route(message, &routes);
            }
            start = end + 1;
            scanned = start;
        }
        buffer.drain(..start);
        scanned = buffer.len();
        if buffer.len() > MAX_MESSAGE {
            break;
        }
        if buffer.is_empty() && buffer.capacity() > 32 << 20 {
            buffer = Vec::with_capacity(1 << 20);
        }
        buffer.reserve(1 << 16);
    }
    let mut routes = lock(&routes);
    routes.closed = true;
    routes.pending.clear();
    routes.sessions.clear();
}

fn find_nul(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(0, bytes)
}

fn route(message: &[u8], routes: &Mutex<Routes>) {
    // A message that does not parse has nobody to go to; its sender runs into its time limit.
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(message) else { return };
    if let Some(id) = envelope.id {
        let Some(waiting) = lock(routes).pending.remove(&id) else { return };
        let reply = match (envelope.error, envelope.result) {
            (Some(error), _) => Err(error.message),
            (None, Some(result)) => Ok(result.to_owned()),
            (None, None) => Err("empty answer".to_owned()),
        };
        // The caller may have given up; then nobody wants the answer.
        drop(waiting.send(reply));
        return;
    }
    let (Some(method), Some(params)) = (envelope.method, envelope.params) else { return };
    // The browser itself says that a session is over; the one that it was has to hear of it.
    let ended = || match method == "Target.detachedFromTarget" {
        true => serde_json::from_str::<Ended>(params.get()).ok().map(|ended| ended.session_id),
        false => None,
    };
    let Some(session) = envelope.session_id.or_else(ended) else { return };
    let Some(queue) = lock(routes).sessions.get(&session).cloned() else { return };
    let event = CdpEvent { method, params: params.to_owned() };
    if let Err(mpsc::error::TrySendError::Full(_)) = queue.try_send(event) {
        lock(routes).sessions.remove(&session);
    }
}
