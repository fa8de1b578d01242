//! An endpoint of our own: a real HTTP server on loopback that speaks the OpenAI chat protocol,
//! answers by rules or by what the pictures of a question show, and fails where its script says so.
//!
//! Equal requests get equal answers. A fault is drawn from the request and the number of times it
//! was asked, so a request that failed may succeed the next time, and a run repeats exactly.

mod correct;
mod picture;
mod reply;
mod script;
mod tester;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use reply::{Asked, built_in};
pub use script::{FaultKind, FaultRule, ReplyRule, Script, ScriptError};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 128 << 20;

/// Answers a question instead of the script.
pub type Responder = dyn Fn(&Asked) -> String + Send + Sync;

/// A running stand-in. Ends when dropped.
pub struct Standin {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

struct Shared {
    script: Script,
    responder: Option<Box<Responder>>,
    counts: Mutex<BTreeMap<String, Count>>,
}

/// How often one request was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Times it arrived.
    pub asked: u32,
    /// Times an answer was written to its end.
    pub answered: u32,
}

impl Standin {
    /// Starts a server on loopback; port 0 takes any.
    ///
    /// # Errors
    /// The system's, when the port cannot be had.
    pub async fn start(script: Script, port: u16) -> std::io::Result<Self> {
        Self::serve(script, None, port).await
    }

    /// Starts a server on any port whose answers come from `responder`; faults are the script's.
    ///
    /// # Errors
    /// The system's, when no port can be had.
    pub async fn with_responder(
        script: Script,
        responder: Box<Responder>,
    ) -> std::io::Result<Self> {
        Self::serve(script, Some(responder), 0).await
    }

    async fn serve(
        script: Script,
        responder: Option<Box<Responder>>,
        port: u16,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { script, responder, counts: Mutex::default() });
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(accept(listener, Arc::clone(&shared), stopped));
        Ok(Self { address, shared, stop, server })
    }

    /// Its base URL, such as `http://127.0.0.1:8000/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// How often each request was seen, by the hash of its body.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, Count> {
        self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests that arrived, faults included.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.counts().values().map(|count| count.asked).sum()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stopped: watch::Receiver<bool>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = Arc::clone(&shared);
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { answer(&shared, request).await }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                // A client that goes away is none of our business.
                _ = connection => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
    }
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken off, as the script says")
    }
}

impl std::error::Error for Broken {}

async fn answer(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Scripted>, Broken> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/v1/models") => {
            let names: Vec<Value> = shared
                .script
                .models
                .iter()
                .map(|name| json!({ "id": name, "object": "model" }))
                .collect();
            let list = json!({ "object": "list", "data": names });
            Ok(json_response(StatusCode::OK, &list, None))
        }
        (&Method::GET, "/counts") => {
            let counts = shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let list: BTreeMap<&String, Value> = counts
                .iter()
                .map(|(key, count)| {
                    (key, json!({ "asked": count.asked, "answered": count.answered }))
                })
                .collect();
            Ok(json_response(StatusCode::OK, &json!(list), None))
        }
        (&Method::POST, "/v1/chat/completions") => {
            let key = request.headers().get(AUTHORIZATION).and_then(|key| key.to_str().ok());
            let key = key.unwrap_or_default().to_owned();
            chat(shared, &key, request.into_body()).await
        }
        _ => Ok(error_response(StatusCode::NOT_FOUND, "there is no such path", None)),
    }
}

async fn chat(
    shared: &Arc<Shared>,
    authorization: &str,
    body: Incoming,
) -> Result<Response<Scripted>, Broken> {
    let Ok(body) = Limited::new(body, MAX_REQUEST).collect().await else { return Err(Broken) };
    let body = body.to_bytes();
    let Some(asked) = Asked::read(&body) else {
        return Ok(error_response(StatusCode::BAD_REQUEST, "the request is no chat", None));
    };
    let refused = shared.script.refuses.iter().find_map(|rule| {
        let (field, said) = rule.split_once('|').unwrap_or((rule, ""));
        asked.has(field).then(|| match said {
            "" => format!("Unsupported parameter: '{field}' is not supported with this model."),
            said => said.to_owned(),
        })
    });
    if let Some(message) = refused {
        return Ok(error_response(StatusCode::BAD_REQUEST, &message, None));
    }
    let key = blake3::hash(&body).to_hex().to_string();
    let time = {
        let mut counts = shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.clone()).or_default();
        count.asked += 1;
        count.asked
    };
    pause(Duration::from_millis(shared.script.latency_ms)).await;
    let fault = shared.script.fault(&key, time);
    let text = match &shared.responder {
        Some(responder) => responder(&asked),
        None => shared.script.reply(&asked).unwrap_or_else(|| built_in(&asked)),
    };
    let whole = completion(&asked, &text, fault);
    let done = Done { shared: Arc::clone(shared), key };
    let all = |body: Vec<u8>| Scripted::new(vec![Bytes::from(body)], End::Whole, None);
    Ok(match fault {
        Some(FaultKind::Status { status, retry_after }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            // Real endpoints repeat a key that they do not like.
            let message = match status {
                StatusCode::UNAUTHORIZED => {
                    format!("Incorrect API key provided: {authorization}")
                }
                _ => "a fault, as the script says".to_owned(),
            };
            error_response(status, &message, retry_after)
        }
        Some(FaultKind::Hang) => Response::new(Scripted::new(Vec::new(), End::Never, None)),
        Some(FaultKind::Disconnect) => return Err(Broken),
        Some(FaultKind::CutOff) => {
            let half = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
            let mut response =
                Response::new(Scripted::new(vec![Bytes::from(half)], End::Broken, None));
            set_json(&mut response);
            response
        }
        Some(FaultKind::Malformed) => {
            let mut broken = whole;
            broken.truncate(broken.len() * 2 / 3);
            let mut response = Response::new(all(broken));
            set_json(&mut response);
            response
        }
        Some(FaultKind::NotJson) => {
            let mut response = Response::new(all(b"<html>Bad gateway</html>".to_vec()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            response
        }
        Some(FaultKind::Drip { pause_ms }) => {
            let size = whole.len().div_ceil(8).max(1);
            let chunks = whole.chunks(size).map(|chunk| Bytes::from(chunk.to_vec())).collect();
            let body = Scripted::new(chunks, End::Whole, Some(done));
            let mut response =
                Response::new(body.slowly(Duration::from_millis(u64::from(pause_ms))));
            set_json(&mut response);
            response
        }
        Some(FaultKind::Length | FaultKind::Refusal) | None => {
            let body = Scripted::new(vec![Bytes::from(whole)], End::Whole, Some(done));
            let mut response = Response::new(body);
            set_json(&mut response);
            response
        }
    })
}

/// A chat completion with one choice, as JSON.
fn completion(asked: &Asked, text: &str, fault: Option<FaultKind>) -> Vec<u8> {
    let (text, finish) = match fault {
        Some(FaultKind::Length) => {
            let half = text.chars().count() / 2;
            (text.chars().take(half).collect(), "length")
        }
        Some(FaultKind::Refusal) => (String::new(), "content_filter"),
        _ => (text.to_owned(), "stop"),
    };
    let input = asked.texts.iter().map(String::len).sum::<usize>() / 4 + 600 * asked.pictures.len();
    let output = text.len() / 4 + 1;
    json!({
        "id": "chatcmpl-standin",
        "object": "chat.completion",
        "created": 0,
        "model": asked.model,
        "choices": [{
            "index": 0,
            "finish_reason": finish,
            "message": { "role": "assistant", "content": text },
        }],
        "usage": {
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
        },
    })
    .to_string()
    .into_bytes()
}

fn set_json(response: &mut Response<Scripted>) {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

fn json_response(status: StatusCode, body: &Value, retry_after: Option<u32>) -> Response<Scripted> {
    let bytes = Bytes::from(body.to_string());
    let mut response = Response::new(Scripted::new(vec![bytes], End::Whole, None));
    *response.status_mut() = status;
    set_json(&mut response);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn error_response(
    status: StatusCode,
    message: &str,
    retry_after: Option<u32>,
) -> Response<Scripted> {
    let body = json!({ "error": { "message": message, "type": "standin" } });
    json_response(status, &body, retry_after)
}

/// Counts an answer once all of it was taken from us.
struct Done {
    shared: Arc<Shared>,
    key: String,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
    Never,
}

/// A body that is sent as a script wants it.
struct Scripted {
    chunks: std::vec::IntoIter<Bytes>,
    end: End,
    done: Option<Done>,
    between: Option<Duration>,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
}

impl Scripted {
    fn new(chunks: Vec<Bytes>, end: End, done: Option<Done>) -> Self {
        Self { chunks: chunks.into_iter(), end, done, between: None, waiting: None }
    }

    fn slowly(self, between: Duration) -> Self {
        Self { between: Some(between), ..self }
    }
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(waiting) = &mut self.waiting {
            if waiting.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.waiting = None;
        }
        if let Some(chunk) = self.chunks.next() {
            self.waiting = self.between.map(|between| Box::pin(pause(between)) as Pin<Box<_>>);
            if self.chunks.len() == 0
                && let Some(Done { shared, key }) = self.done.take()
            {
                let mut counts = shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
                counts.entry(key).or_default().answered += 1;
            }
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Broken => Poll::Ready(Some(Err(Broken))),
            // Whoever waits for more waits until the connection ends.
            End::Never => Poll::Pending,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Whole => {
                let left: usize = self.chunks.as_slice().iter().map(Bytes::len).sum();
                SizeHint::with_exact(left as u64)
            }
            End::Broken | End::Never => SizeHint::default(),
        }
    }
}

/// Waits where a slow endpoint is played.
#[expect(clippy::disallowed_methods, reason = "a slow endpoint is what is played here")]
async fn pause(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}
