//! The task that listens to one page: it answers requests and dialogs, collects messages,
//! and says when the page goes too far.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pageloom_schema::{
    Capture, ConsoleLevel, ConsoleMessage, PageFault, PageFaultKind, RequestOutcome, RequestRecord,
};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::launch::Browser;
use crate::cdp::{CdpEvent, Connection, Ignored, parse};
use crate::error::BrowserError;
use crate::render::SILENCED;
use crate::render::serve::{self, Answer, Served};

/// Dialogs a page may open before it counts as flooding.
const MAX_DIALOGS: u32 = 50;
/// Navigations of the main frame before it counts as a loop.
const MAX_NAVIGATIONS: u32 = 12;
/// Events of one page before it counts as flooding.
const MAX_EVENTS: u32 = 40_000;
/// The function in our world of a page that reaches us.
pub(crate) const BINDING: &str = "pageloomHeard";
/// Longest console message kept, in characters.
const MAX_MESSAGE_CHARS: usize = 2_000;

/// What the listener learned, and how the flow of a render waits for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// The virtual-time budget ran out this many times.
    pub(crate) budgets_spent: u32,
    /// Documents that finished loading.
    pub(crate) loads: u32,
    /// Documents of the main frame that the page itself asked for.
    pub(crate) wanted_documents: u32,
    /// Documents of the main frame that were asked for, and what came of the last one.
    pub(crate) asked_documents: u32,
    /// The last document asked for was answered.
    pub(crate) is_document_coming: bool,
    /// Requests that were sent and not answered yet.
    pub(crate) open_requests: usize,
    /// The main frame stopped loading this many times.
    pub(crate) stops: u32,
    /// Documents that the main frame has committed.
    pub(crate) committed: u32,
    /// Times that the main frame changed its address within its document.
    pub(crate) moved_within: u32,
    /// The page went too far, or its process is gone.
    pub(crate) fault: Option<PageFault>,
    /// The event queue is closed: the browser is gone, or the page outran us.
    pub(crate) ended: bool,
}

/// What a page said and asked for.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) console: Vec<ConsoleMessage>,
    pub(crate) exceptions: Vec<String>,
    pub(crate) requests: Vec<RequestRecord>,
    pub(crate) dialogs: u32,
    /// What the first dialogs said.
    pub(crate) dialog_messages: Vec<String>,
    /// Uncaught exceptions and console errors.
    pub(crate) errors: u32,
    /// The field for which the page asked for a file, as the browser's number of its node.
    pub(crate) chooser: Option<i64>,
    pub(crate) dropped: u32,
    /// Requests of any outcome.
    pub(crate) asked: u32,
    /// Windows the page wanted to open.
    pub(crate) windows: u32,
    /// Files the page offered for saving.
    pub(crate) downloads: u32,
}

/// How a page is treated; changed while it is listened to.
#[derive(Debug, Default)]
pub(crate) struct Manners {
    /// Dialogs are answered with yes, and not dismissed.
    pub(crate) accepts_dialogs: AtomicBool,
    /// What a page may do too often is counted anew whenever this changes.
    pub(crate) turn: AtomicU32,
}

/// What a listening task knows of its page.
pub(crate) struct Listener {
    pub(crate) browser: Arc<Browser>,
    pub(crate) session: String,
    pub(crate) main_frame: String,
    pub(crate) served: Arc<Mutex<Arc<Served>>>,
    pub(crate) progress: watch::Sender<Progress>,
    pub(crate) record: Arc<Mutex<Record>>,
    /// The site that the counts and the record are of.
    pub(crate) counted: Arc<Served>,
    pub(crate) manners: Arc<Manners>,
    /// Where goes what our world of the page sends; nothing once the page is closed.
    pub(crate) heard: Option<mpsc::Sender<String>>,
    pub(crate) counts: Counts,
    /// Requests that were sent and not answered yet.
    pub(crate) open_requests: BTreeSet<String>,
    pub(crate) memory_kills_before: u32,
}

/// What a page may do too often.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    navigations: u32,
    events: u32,
    dialogs: u32,
    /// The turn that these are of.
    turn: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestPaused {
    request_id: String,
    request: PausedRequest,
    resource_type: String,
    frame_id: String,
}

#[derive(Deserialize)]
struct PausedRequest {
    url: String,
}

#[derive(Deserialize)]
struct ConsoleCalled {
    r#type: String,
    args: Vec<RemoteObject>,
}

#[derive(Deserialize)]
struct RemoteObject {
    value: Option<serde_json::Value>,
    description: Option<String>,
    r#type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionThrown {
    exception_details: ExceptionDetails,
}

#[derive(Deserialize)]
struct ExceptionDetails {
    text: String,
    exception: Option<RemoteObject>,
}

#[derive(Deserialize)]
struct LogEntryAdded {
    entry: LogEntry,
}

#[derive(Deserialize)]
struct LogEntry {
    level: String,
    source: String,
    text: String,
}

#[derive(Deserialize)]
struct DialogOpening {
    r#type: String,
    message: String,
    #[serde(rename = "defaultPrompt", default)]
    default_prompt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChooserOpened {
    backend_node_id: Option<i64>,
}

#[derive(Deserialize)]
struct FrameNavigated {
    frame: NavigatedFrame,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestNoted {
    request_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FrameStopped {
    frame_id: String,
}

#[derive(Deserialize)]
struct NavigatedFrame {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NavigationRequested {
    frame_id: String,
    disposition: String,
}

#[derive(Deserialize)]
struct BindingCalled {
    name: String,
    payload: String,
}

#[derive(Deserialize)]
struct SocketCreated {
    url: String,
}

impl Listener {
    /// Listens until the page closes.
    pub(crate) async fn run(mut self, mut events: mpsc::Receiver<CdpEvent>) {
        while let Some(event) = events.recv().await {
            let turn = self.manners.turn.load(Ordering::Relaxed);
            if turn != self.counts.turn {
                self.counts = Counts { turn, ..Counts::default() };
            }
            self.counts.events += 1;
            if self.counts.events > MAX_EVENTS {
                self.fault(PageFaultKind::OutputFlood, "the page caused over 40,000 events");
                break;
            }
            // An event that does not parse is one we do not know; the render goes on without it.
            drop(self.take(&event).await);
        }
        let lost = self.browser.connection.is_closed();
        self.progress.send_modify(|progress| {
            progress.ended = true;
            if !lost && progress.fault.is_none() {
                progress.fault = Some(PageFault {
                    kind: PageFaultKind::OutputFlood,
                    detail: "the page caused more events than can be read".into(),
                });
            }
        });
    }

    fn fault(&self, kind: PageFaultKind, detail: &str) {
        self.progress.send_modify(|progress| {
            if progress.fault.is_none() {
                progress.fault = Some(PageFault { kind, detail: detail.to_owned() });
            }
        });
    }

    fn tell_open_requests(&self) {
        let open = self.open_requests.len();
        self.progress.send_modify(|progress| progress.open_requests = open);
    }

    fn note(&self, change: impl FnOnce(&mut Record)) {
        change(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn connection(&self) -> &Connection {
        &self.browser.connection
    }

    async fn take(&mut self, event: &CdpEvent) -> Result<(), BrowserError> {
        let params = &event.params;
        match event.method.as_str() {
            "Fetch.requestPaused" => {
                let paused = parse(&event.method, params)?;
                self.serve(paused).await?;
            }
            "Emulation.virtualTimeBudgetExpired" => {
                self.progress.send_modify(|progress| progress.budgets_spent += 1);
            }
            "Network.requestWillBeSent" => {
                let request: RequestNoted = parse(&event.method, params)?;
                self.open_requests.insert(request.request_id);
                self.tell_open_requests();
            }
            "Network.loadingFinished" | "Network.loadingFailed" => {
                let request: RequestNoted = parse(&event.method, params)?;
                self.open_requests.remove(&request.request_id);
                self.tell_open_requests();
            }
            "Page.loadEventFired" => {
                self.progress.send_modify(|progress| progress.loads += 1);
            }
            "Page.frameNavigated" => {
                let navigated: FrameNavigated = parse(&event.method, params)?;
                if navigated.frame.id == self.main_frame {
                    self.progress.send_modify(|progress| progress.committed += 1);
                }
            }
            "Page.frameStoppedLoading" => {
                let stopped: FrameStopped = parse(&event.method, params)?;
                if stopped.frame_id == self.main_frame {
                    self.progress.send_modify(|progress| progress.stops += 1);
                }
            }
            "Page.frameRequestedNavigation" => {
                let wanted: NavigationRequested = parse(&event.method, params)?;
                match wanted.disposition.as_str() {
                    "currentTab" if wanted.frame_id == self.main_frame => {
                        self.progress.send_modify(|progress| progress.wanted_documents += 1);
                    }
                    "download" => self.note(|record| record.downloads += 1),
                    "currentTab" => {}
                    _ => self.note(|record| record.windows += 1),
                }
            }
            "Page.navigatedWithinDocument" => {
                let moved: FrameStopped = parse(&event.method, params)?;
                if moved.frame_id == self.main_frame {
                    self.progress.send_modify(|progress| progress.moved_within += 1);
                }
            }
            "Page.fileChooserOpened" => {
                let opened: ChooserOpened = parse(&event.method, params)?;
                self.note(|record| record.chooser = opened.backend_node_id);
            }
            "Page.windowOpen" => self.note(|record| record.windows += 1),
            "Page.downloadWillBegin" => self.note(|record| record.downloads += 1),
            "Page.javascriptDialogOpening" => {
                let opening: DialogOpening = parse(&event.method, params)?;
                self.answer_dialog(opening).await?;
            }
            "Runtime.bindingCalled" => {
                let called: BindingCalled = parse(&event.method, params)?;
                if called.name == BINDING
                    && let Some(heard) = &self.heard
                {
                    // What a person does begins a turn. A queue that is full loses what comes next.
                    self.manners.turn.fetch_add(1, Ordering::Relaxed);
                    drop(heard.try_send(called.payload));
                }
            }
            "Target.detachedFromTarget" => self.heard = None,
            "Inspector.targetCrashed" | "Inspector.detached" => {
                self.heard = None;
                self.note_crash();
            }
            "Runtime.consoleAPICalled" => self.note_console(parse(&event.method, params)?),
            "Runtime.exceptionThrown" => self.note_exception(parse(&event.method, params)?),
            "Log.entryAdded" => self.note_log(parse(&event.method, params)?),
            "Network.webSocketCreated" => {
                let socket: SocketCreated = parse(&event.method, params)?;
                self.note_request(&socket.url, "WebSocket", RequestOutcome::Refused);
            }
            "Network.webTransportCreated" => {
                let socket: SocketCreated = parse(&event.method, params)?;
                self.note_request(&socket.url, "WebTransport", RequestOutcome::Refused);
            }
            _ => {}
        }
        Ok(())
    }

    async fn serve(&mut self, paused: RequestPaused) -> Result<(), BrowserError> {
        let served = Arc::clone(&self.served.lock().unwrap_or_else(PoisonError::into_inner));
        if !Arc::ptr_eq(&served, &self.counted) {
            self.counted = Arc::clone(&served);
            self.counts = Counts { turn: self.counts.turn, ..Counts::default() };
            self.open_requests.clear();
            self.tell_open_requests();
            *self.record.lock().unwrap_or_else(PoisonError::into_inner) = Record::default();
        }
        let is_page = paused.resource_type == "Document" && paused.frame_id == self.main_frame;
        if is_page {
            self.counts.navigations += 1;
            if self.counts.navigations > MAX_NAVIGATIONS {
                self.fault(PageFaultKind::NavigationLoop, "the page navigated more than 12 times");
                return Ok(());
            }
        }
        let url = paused.request.url;
        let id = paused.request_id;
        let answer = serve::answer(&served, &url, paused.resource_type == "Document");
        // The browser asks for the icon by itself and when it likes.
        if !url.ends_with("/favicon.ico") {
            self.note(|record| record.asked += 1);
        }
        if is_page {
            let coming = !matches!(answer, Answer::Nothing(RequestOutcome::Refused));
            self.progress.send_modify(|progress| {
                progress.asked_documents += 1;
                progress.is_document_coming = coming;
            });
        }
        let (method, params) = match answer {
            Answer::File { content_type, body } => (
                "Fetch.fulfillRequest",
                json!({
                    "requestId": id,
                    "responseCode": 200,
                    "responseHeaders": [
                        {"name": "Content-Type", "value": content_type},
                        {"name": "Access-Control-Allow-Origin", "value": "*"},
                        {"name": "Cache-Control", "value": "no-store"},
                    ],
                    "body": body,
                }),
            ),
            Answer::Nothing(outcome) => {
                self.note_request(served.recorded(&url), &paused.resource_type, outcome);
                match outcome {
                    RequestOutcome::NotFound => (
                        "Fetch.fulfillRequest",
                        json!({
                            "requestId": id,
                            "responseCode": 404,
                            "responseHeaders": [{"name": "Content-Type", "value": "text/plain"}],
                            "body": "",
                        }),
                    ),
                    // A page that tries to leave stays where it is.
                    RequestOutcome::Refused if is_page => {
                        ("Fetch.failRequest", json!({"requestId": id, "errorReason": "Aborted"}))
                    }
                    RequestOutcome::Refused => (
                        "Fetch.failRequest",
                        json!({"requestId": id, "errorReason": "BlockedByClient"}),
                    ),
                }
            }
        };
        // Not awaited: the answer says nothing we need, and other requests wait behind it.
        let browser = Arc::clone(&self.browser);
        let session = self.session.clone();
        tokio::spawn(async move {
            drop(browser.connection.call::<_, Ignored>(Some(&session), method, params).await);
        });
        Ok(())
    }

    /// A question whether to leave is answered with yes: nobody may hold the page. Others are where the
    /// page is in use.
    async fn answer_dialog(&mut self, opening: DialogOpening) -> Result<(), BrowserError> {
        self.counts.dialogs += 1;
        let leaves = opening.r#type == "beforeunload";
        self.note(|record| {
            record.dialogs += 1;
            if !leaves && record.dialog_messages.len() < Capture::MAX_MESSAGES {
                record.dialog_messages.push(cut(&opening.message, MAX_MESSAGE_CHARS));
            }
        });
        if self.counts.dialogs > MAX_DIALOGS {
            self.fault(PageFaultKind::DialogFlood, "the page opened more than 50 dialogs");
            return Ok(());
        }
        let accept = leaves || self.manners.accepts_dialogs.load(Ordering::Relaxed);
        let mut answer = json!({"accept": accept});
        if accept && opening.r#type == "prompt" {
            answer["promptText"] = json!(opening.default_prompt);
        }
        self.connection()
            .call::<_, Ignored>(Some(&self.session), "Page.handleJavaScriptDialog", answer)
            .await
            .map(|_| ())
    }

    fn note_crash(&self) {
        let kills = self.browser.memory_kills.load(std::sync::atomic::Ordering::SeqCst);
        if kills > self.memory_kills_before {
            self.fault(PageFaultKind::MemoryLimit, "the page's process outgrew its memory limit");
        } else {
            self.fault(PageFaultKind::Crashed, "the page's process crashed");
        }
    }

    fn note_console(&self, called: ConsoleCalled) {
        let level = match called.r#type.as_str() {
            "error" | "assert" => ConsoleLevel::Error,
            "warning" => ConsoleLevel::Warning,
            "debug" | "trace" => ConsoleLevel::Debug,
            _ => ConsoleLevel::Info,
        };
        let words: Vec<String> = called.args.iter().take(20).map(RemoteObject::text).collect();
        match words.as_slice() {
            [first, error] if first == SILENCED => self.note_error(error),
            words => self.note_message(level, &words.join(" ")),
        }
    }

    fn note_log(&self, added: LogEntryAdded) {
        let level = match added.entry.level.as_str() {
            "error" => ConsoleLevel::Error,
            "warning" => ConsoleLevel::Warning,
            "verbose" => ConsoleLevel::Debug,
            _ => ConsoleLevel::Info,
        };
        // Failed loads are in the list of requests, with their outcome.
        if added.entry.source != "network" {
            self.note_message(level, &added.entry.text);
        }
    }

    fn note_message(&self, level: ConsoleLevel, text: &str) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.errors += u32::from(level == ConsoleLevel::Error);
        if record.console.len() < Capture::MAX_MESSAGES {
            record.console.push(ConsoleMessage { level, text: cut(text, MAX_MESSAGE_CHARS) });
        } else {
            record.dropped += 1;
        }
    }

    fn note_exception(&self, thrown: ExceptionThrown) {
        let details = thrown.exception_details;
        let text = match details.exception.map(|exception| exception.text()) {
            Some(description) if !description.is_empty() => {
                format!("{}: {description}", details.text)
            }
            _ => details.text,
        };
        self.note_error(&text);
    }

    fn note_error(&self, text: &str) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.errors += 1;
        if record.exceptions.len() < Capture::MAX_MESSAGES {
            record.exceptions.push(cut(text, MAX_MESSAGE_CHARS));
        } else {
            record.dropped += 1;
        }
    }

    fn note_request(&self, url: &str, resource: &str, outcome: RequestOutcome) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.requests.len() < Capture::MAX_MESSAGES {
            record.requests.push(RequestRecord {
                url: cut(url, 500),
                outcome,
                resource: resource.to_owned(),
            });
        } else {
            record.dropped += 1;
        }
    }
}

impl RemoteObject {
    fn text(&self) -> String {
        match (&self.value, &self.description) {
            (Some(serde_json::Value::String(text)), _) => text.clone(),
            (Some(value), _) => value.to_string(),
            (None, Some(description)) => description.clone(),
            (None, None) => self.r#type.clone(),
        }
    }
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
