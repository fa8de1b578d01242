//! The `pageloom` command line.

fn main() {}
