//! Interactive tasks from script to score: recorded, rebuilt, used, judged, gone on with. Needs a
//! browser, ffmpeg and tesseract; endpoints are stand-ins on loopback.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

mod acts;
mod bench;
mod bundled;
mod grounding;
mod judging;
mod recording;
mod resuming;
mod writing;
