//! Interactive tasks: a page is rebuilt from a recording of its use, and used in the same way.
//!
//! [`read_task_file`] and [`write_task`] keep tasks in the layout that IWR-Bench publishes
//! (arXiv 2509.24709); [`read_script`] reads what is to be recorded and [`page_assets`] what belongs
//! to it; [`LiveRecording`] writes a script of what a person does; [`page_request`] asks a model for the page, and [`answer_site`] makes its answer a site that
//! can be opened.

mod act;
mod actions;
mod answer;
mod live;
mod locate;
mod picture_head;
mod prompt;
mod record;
mod replay;
mod row;
mod sample;
mod script;
mod script_lines;
mod sheets;
mod statistics;
mod strip;
mod task_file;
mod task_folder;
mod task_writer;
mod video_length;
mod visual;

pub use answer::{answer_site, page_text};
pub use live::{LiveRecorded, LiveRecording};
pub(crate) use locate::in_window;
pub use locate::{AskedGrounder, Grounder};
pub use prompt::{ASSETS_PLACEHOLDER, PromptOptions, page_request};
pub use record::{Recorded, record};
pub use row::task_id_of;
pub use sample::Rebuilding;
pub(crate) use sample::run_recording;
pub use script::{Script, read_script, read_script_on, script_text};
pub use sheets::{PageAssets, StitchedSheets, page_assets, stitched_sheets};
pub use statistics::{TaskStatistics, task_statistics};
pub use task_file::{InteractiveTask, TaskSet, read_task_file};
pub use task_folder::{TaskFiles, TaskFolder};
pub use task_writer::{RecordedTask, write_task};
pub use video_length::video_seconds;
pub use visual::Comparer;

#[cfg(test)]
mod round_trip;
