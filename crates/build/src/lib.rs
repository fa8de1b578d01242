//! A model's answer, a file or a folder to a site that can be opened.
