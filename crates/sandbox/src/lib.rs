//! Runs one foreign program under limits, without network.
