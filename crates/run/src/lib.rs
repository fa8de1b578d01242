//! Plan, execute, log, resume.
