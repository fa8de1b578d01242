//! The values that cross a stage or a file of Pageloom.
//!
//! Everything here is plain data: no async, no file system, no clock. A stage takes one of these
//! values and returns the next; the run log stores them as JSON. Floats that reach a file are
//! finite, and an absent value is `null`.

pub mod action;
pub mod capture;
pub mod construction;
pub mod event;
pub mod exchange;
pub mod extraction;
pub mod fault;
pub mod finding;
pub mod geometry;
pub mod heard;
pub mod interaction;
pub mod json_answer;
pub mod page_state;
pub mod percept;
pub mod policy;
pub mod project;
pub mod rank;
pub mod reward;
pub mod score;
pub mod site;
pub mod statistics;
pub mod summary;
pub mod task;
pub mod trace;
pub mod units;

pub use action::{
    ActionKind, ActionParameters, Check, Classification, Direction, InteractiveRow,
    RecordingDetails, Target, TaskAction,
};
pub use capture::{
    AccessibleNode, Capture, ComputedStyle, ConsoleLevel, ConsoleMessage, DomNode, DomSnapshot,
    NodeKind, Png, RequestOutcome, RequestRecord, TextLine, Timings,
};
pub use construction::{BuildErrorClass, BuildProblem, Builder};
pub use event::{
    Event, FORMAT_MAJOR, FORMAT_MINOR, Questioning, RunManifest, SampleOutcome, SampleResult,
};
pub use exchange::{
    AnswerForm, AnswerSource, Exchange, Finish, ModelReply, ModelRequest, RequestPart, Sampling,
    SamplingChange, Tokens,
};
pub use extraction::{
    AnswerKind, CheckResult, CompatVerdict, ComplianceReport, Dialect, Extraction, RawAction,
};
pub use fault::{Fault, PageFault, PageFaultKind, SystemFault, SystemFaultKind};
pub use finding::{Finding, Severity};
pub use geometry::{Rect, Rgba};
pub use heard::{EditBegin, Heard, HeardEvent, HeardPlace};
pub use interaction::{
    AssertionResult, CheckOutcome, GroundingMethod, InteractionTrace, Resolution, StepFailure,
    StepOutcome, StepTrace, TestMove, TestTrace, TestVerdict,
};
pub use page_state::{PageElement, PageState};
pub use percept::{GenericFont, OcrLine, Percept, Region, RegionKind};
pub use policy::{RenderPolicy, Viewport};
pub use project::{CommandKind, DeclaredCommand, Project};
pub use reward::{LookSource, Reward, RewardTerm, Stage};
pub use score::{BlockPair, EvidenceBox, Score, Scores, Side, Verdict};
pub use site::{Site, SiteError, SitePath};
pub use summary::{Counts, MetricSummary, Summary};
pub use task::{
    Candidate, Gold, Instruction, Question, Recording, Reference, Suite, Task, TaskId, TestCase,
    Work,
};
pub use trace::{
    ControlOutcome, ControlTrace, Effect, FieldTrace, FormTrace, Overflow, RouteOrigin, RouteTrace,
    SiteTrace, VisitPlan,
};
pub use units::{Millis, UnitScore};
