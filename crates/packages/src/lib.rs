//! A content-addressed store of installed npm dependency sets.
