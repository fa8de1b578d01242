//! One call of rolldown, and its outcome as plain values.

use std::path::PathBuf;

use pageloom_schema::{BuildErrorClass, BuildProblem};
use rolldown::plugin::__inner::SharedPluginable;
use rolldown::{
    BundlerBuilder, BundlerOptions, BundlerTransformOptions, InputItem, IsExternal, OutputFormat,
    Platform, RawMinifyOptions, ResolveOptions, TsConfig,
};
use rolldown_common::Output;
use rolldown_error::{BuildDiagnostic, EventKind};

/// What to bundle.
pub(crate) struct Job {
    /// Where resolution on disk starts.
    pub(crate) folder: PathBuf,
    pub(crate) input: Vec<InputItem>,
    pub(crate) format: OutputFormat,
    pub(crate) minify: bool,
    /// Names and the source that stands for them, beside `process.env.NODE_ENV`.
    pub(crate) define: Vec<(String, String)>,
    pub(crate) external: Vec<String>,
    pub(crate) transform: BundlerTransformOptions,
    /// Whether unused code of modules is dropped.
    pub(crate) treeshake: bool,
}

impl Default for Job {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("/"),
            input: Vec::new(),
            format: OutputFormat::Esm,
            minify: false,
            define: Vec::new(),
            external: Vec::new(),
            transform: BundlerTransformOptions::default(),
            treeshake: true,
        }
    }
}

/// One script of the output.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) file: String,
    pub(crate) is_entry: bool,
    /// The module an entry stands for.
    pub(crate) facade: Option<String>,
    /// Modules in the order they run.
    pub(crate) modules: Vec<String>,
    pub(crate) exports: Vec<String>,
    /// Files and addresses it imports when it is loaded.
    pub(crate) imports: Vec<String>,
    pub(crate) dynamic_imports: Vec<String>,
    pub(crate) code: String,
}

/// The output.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bundled {
    pub(crate) chunks: Vec<Chunk>,
}

/// Why there is none.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.first().map_or("the bundler gave no reason", |problem| problem.message.as_str()))]
pub(crate) struct BundlingError(pub(crate) Vec<BuildProblem>);

/// Bundles.
pub(crate) async fn run(
    job: Job,
    plugins: Vec<SharedPluginable>,
) -> Result<Bundled, BundlingError> {
    let root = format!("{}/", job.folder.display());
    let mut define = job.define;
    define.push(("process.env.NODE_ENV".to_owned(), "\"production\"".to_owned()));
    let options = BundlerOptions {
        input: Some(job.input),
        cwd: Some(job.folder),
        format: Some(job.format),
        platform: Some(Platform::Browser),
        define: Some(define.into_iter().collect()),
        external: Some(IsExternal::from(job.external)),
        // Vite's conditions for a production build.
        resolve: Some(ResolveOptions {
            condition_names: Some(
                ["import", "module", "browser", "production", "default"].map(String::from).into(),
            ),
            main_fields: Some(
                ["browser", "module", "jsnext:main", "main"].map(String::from).into(),
            ),
            ..ResolveOptions::default()
        }),
        minify: Some(RawMinifyOptions::Bool(job.minify)),
        transform: Some(job.transform),
        treeshake: rolldown::TreeshakeOptions::Boolean(job.treeshake),
        tsconfig: Some(TsConfig::Auto(false)),
        entry_filenames: Some("[name].js".to_owned().into()),
        chunk_filenames: Some("[name]-[hash].js".to_owned().into()),
        ..BundlerOptions::default()
    };
    let failed = |diagnostics: Vec<&BuildDiagnostic>| {
        let mut problems: Vec<BuildProblem> =
            diagnostics.into_iter().map(|found| problem(found, &root)).collect();
        problems.sort();
        problems.dedup();
        BundlingError(problems)
    };
    let mut bundler = BundlerBuilder::default()
        .with_options(options)
        .with_plugins(plugins)
        .build()
        .map_err(|found| failed(found.iter().collect()))?;
    let output = bundler.generate().await.map_err(|found| failed(found.iter().collect()))?;
    let chunks = output.assets.into_iter().filter_map(|output| match output {
        Output::Chunk(chunk) => Some(Chunk {
            file: chunk.filename.to_string(),
            is_entry: chunk.is_entry,
            facade: chunk.facade_module_id.as_ref().map(|id| id.to_string()),
            modules: chunk.module_ids.iter().map(|id| id.to_string()).collect(),
            exports: chunk.exports.iter().map(|name| name.to_string()).collect(),
            imports: chunk.imports.iter().map(|name| name.to_string()).collect(),
            dynamic_imports: chunk.dynamic_imports.iter().map(|name| name.to_string()).collect(),
            code: chunk.code.clone(),
        }),
        Output::Asset(_) => None,
    });
    Ok(Bundled { chunks: chunks.collect() })
}

fn problem(found: &BuildDiagnostic, root: &str) -> BuildProblem {
    let class = match found.kind() {
        EventKind::ParseError
        | EventKind::TransformError
        | EventKind::JsonParseError
        | EventKind::AssignToImportError
        | EventKind::IllegalReassignmentError => BuildErrorClass::Syntax,
        EventKind::MissingExportError => BuildErrorClass::MissingExport,
        EventKind::UnresolvedImport
        | EventKind::ResolveError
        | EventKind::UnresolvedEntry
        | EventKind::FileNotFoundError
        | EventKind::UnloadableDependencyError => BuildErrorClass::UnresolvedImport,
        _ => BuildErrorClass::Other,
    };
    let whole = found.to_diagnostic();
    let text = whole.to_string();
    let message = found.to_string().replace(root, "");
    let (path, line) = place(&text, root);
    let problem = BuildProblem::new(class, &message);
    let path = path.or_else(|| found.id().map(|id| relative(&id, root)));
    match path.filter(|path| !path.starts_with('\0')) {
        Some(path) => problem.at(path, line),
        None => problem,
    }
}

/// A path as the project has it, whether the bundler gave it from the root or relative.
fn relative(path: &str, root: &str) -> String {
    path.trim_start_matches("../")
        .strip_prefix(root.trim_start_matches('/'))
        .unwrap_or(path)
        .replace(root, "")
}

/// File and line out of the frame that rolldown draws: `╭─[ src/App.tsx:3:10 ]`.
fn place(text: &str, root: &str) -> (Option<String>, Option<u32>) {
    let Some((_, rest)) = text.split_once("─[") else { return (None, None) };
    let Some((inside, _)) = rest.split_once(']') else { return (None, None) };
    let mut parts = inside.trim().rsplitn(3, ':');
    let (_column, line, path) = (parts.next(), parts.next(), parts.next());
    (path.map(|path| relative(path, root)), line.and_then(|line| line.parse().ok()))
}
