//! The only crate that talks to Chromium: launch, pool, render.
