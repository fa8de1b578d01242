//! What is in a set of interactive tasks, as numbers that can be held beside the published ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pageloom_schema::{ActionKind, statistics::mean};
use serde::{Deserialize, Serialize};

use super::task_file::TaskSet;
use super::video_length::video_seconds;

/// Counts and means of a set of tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskStatistics {
    /// Tasks.
    pub tasks: usize,
    /// Actions of all tasks.
    pub actions: usize,
    /// Actions a task; absent without tasks.
    pub mean_actions: Option<f64>,
    /// Actions by what is done.
    pub by_type: BTreeMap<ActionKind, usize>,
    /// Actions after which the page is compared with a checkpoint.
    pub visual_evaluations: usize,
    /// Actions after which something has to be true, in words.
    pub assertions: usize,
    /// Checks without a model, of all actions.
    pub checks: usize,
    /// Tasks whose video says how long it is.
    pub videos: usize,
    /// Their mean length in seconds.
    pub mean_video_seconds: Option<f64>,
    /// Tasks that were recorded on a telephone.
    pub mobile: usize,
    /// Their share of all tasks, in 0..=1.
    pub mobile_share: Option<f64>,
    /// Tasks by interaction complexity; `unknown` for those that say nothing.
    pub by_interaction_complexity: BTreeMap<String, usize>,
    /// Tasks by domain; `unknown` for those that say nothing.
    pub by_domain: BTreeMap<String, usize>,
}

/// Counts a set of tasks. Only the heads of the videos are read; one that cannot be read has no
/// length.
#[must_use]
pub fn task_statistics(set: &TaskSet) -> TaskStatistics {
    let mut all = TaskStatistics { tasks: set.tasks.len(), ..TaskStatistics::default() };
    let mut seconds = Vec::new();
    let named = |text: &str| {
        let text = text.trim();
        if text.is_empty() { "unknown".to_owned() } else { text.to_owned() }
    };
    for task in &set.tasks {
        let row = &task.row;
        all.actions += row.action_sequence.len();
        for action in &row.action_sequence {
            *all.by_type.entry(action.kind).or_default() += 1;
            all.visual_evaluations += usize::from(action.visual_evaluation_flag);
            all.assertions += usize::from(action.logical_assertion.is_some());
            all.checks += action.check.len();
        }
        seconds.extend(task.folder.video().and_then(|video| video_seconds(&video)));
        all.mobile += usize::from(task.is_mobile());
        let kind = &row.classification;
        let complexity = named(&kind.interaction_complexity);
        *all.by_interaction_complexity.entry(complexity).or_default() += 1;
        *all.by_domain.entry(named(&kind.domain)).or_default() += 1;
    }
    let share = |count: usize| (all.tasks > 0).then(|| count as f64 / all.tasks as f64);
    (all.mean_actions, all.mobile_share) = (share(all.actions), share(all.mobile));
    all.videos = seconds.len();
    all.mean_video_seconds = mean(&seconds);
    all
}

impl TaskStatistics {
    /// The numbers as a small table for a terminal, one a line.
    #[must_use]
    pub fn table(&self) -> String {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "—".to_owned(), |value| format!("{value:.digits$}"))
        };
        let mut rows = vec![
            ("tasks".to_owned(), self.tasks.to_string()),
            ("actions".to_owned(), self.actions.to_string()),
            ("actions a task".to_owned(), number(self.mean_actions, 1)),
            ("visual evaluations".to_owned(), self.visual_evaluations.to_string()),
            ("assertions".to_owned(), self.assertions.to_string()),
            ("checks".to_owned(), self.checks.to_string()),
            ("mean video, seconds".to_owned(), number(self.mean_video_seconds, 1)),
            (
                "mobile".to_owned(),
                format!(
                    "{} ({} %)",
                    self.mobile,
                    number(self.mobile_share.map(|share| share * 100.0), 1)
                ),
            ),
        ];
        let counts = |group: &str, name: String, count: usize| {
            (format!("{group} {name}"), count.to_string())
        };
        rows.extend(self.by_type.iter().map(|(kind, n)| counts("type", format!("{kind:?}"), *n)));
        let complexity = &self.by_interaction_complexity;
        rows.extend(complexity.iter().map(|(name, n)| counts("interaction", name.clone(), *n)));
        rows.extend(self.by_domain.iter().map(|(name, n)| counts("domain", name.clone(), *n)));
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let mut table = String::new();
        for (name, value) in rows {
            // Writing to a string cannot fail.
            _ = writeln!(table, "{name:<width$}  {value}");
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::round_trip::recorded;
    use super::super::video_length::tests::movie;
    use super::super::{RecordedTask, TaskSet, read_task_file, write_task};
    use super::{TaskStatistics, task_statistics};

    #[test]
    fn a_set_is_counted_as_the_published_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tasks.jsonl");
        let video = folder.path().join("rec.mp4");
        std::fs::write(&video, movie(600, 21_240)).unwrap();
        write_task(&file, &RecordedTask { video: Some(video), ..recorded("a") }).unwrap();
        let mut phone = recorded("b");
        phone.row.recording_details.environment = "Mobile, iOS".to_owned();
        phone.row.classification.domain.clear();
        phone.row.action_sequence.truncate(1);
        write_task(&file, &phone).unwrap();
        let statistics = task_statistics(&read_task_file(&file).unwrap());
        assert_eq!(
            serde_json::to_value(&statistics).unwrap(),
            json!({
                "tasks": 2, "actions": 4, "mean_actions": 2.0,
                "by_type": {"Type": 2, "Press": 1, "Scroll": 1},
                "visual_evaluations": 3, "assertions": 1, "checks": 2,
                "videos": 1, "mean_video_seconds": 35.4, "mobile": 1, "mobile_share": 0.5,
                "by_interaction_complexity": {"L3": 2},
                "by_domain": {"productivity": 1, "unknown": 1},
            })
        );
        let table = statistics.table();
        assert!(table.contains("mobile               1 (50.0 %)\n"), "{table}");
        assert!(table.contains("domain unknown       1\n"), "{table}");
    }

    #[test]
    fn no_tasks_have_no_means() {
        let statistics = task_statistics(&TaskSet { name: String::new(), tasks: Vec::new() });
        assert_eq!(statistics, TaskStatistics::default());
        assert!(statistics.table().contains("actions a task       —"));
    }
}
