//! Run log to terminal, JSON, CSV, JUnit and HTML.
