//! A project becomes a site: the fast and the exact builder.
