//! A model's answer, a file or a folder, to a [`Site`](pageloom_schema::Site) that can be opened, or
//! to a [`Project`](pageloom_schema::Project) that can be checked and built.
//!
//! [`answer`] and [`extract`](mod@extract) are pure text work on what a model wrote. [`comply`](mod@comply)
//! checks a project, [`config`] reads its configuration as data, [`scaffold`] holds the files an
//! answer builds on. [`folder`] reads the disk and is confined: nothing outside the folder it was
//! given gets into a site, by `..`, by absolute path or by symbolic link. Nothing here renders or
//! runs anything.

pub mod answer;
pub mod comply;
pub mod config;
mod error;
pub mod extract;
pub mod folder;
pub mod scaffold;
mod source;

pub use answer::page_of_answer;
pub use comply::{KnownPackages, check_dependencies, comply, declared_routes};
pub use config::{
    PackageJson, PostcssConfig, TsconfigJsx, Unsupported, ViteConfig, config_problem,
    folder_outside, nesting_problem, postcss_config_path, read_package_json, read_postcss_config,
    read_vite_config, tailwind_config_path, tsconfig_jsx, tsconfig_problem, unsupported_features,
    vite_config_path,
};
pub use error::BuildError;
pub use extract::{ExtractLimits, extract, format_answer};
pub use folder::{read_folder, read_page, read_project};
pub use scaffold::Scaffold;
