//! A JavaScript engine without a file system, a network or a clock of its own: QuickJS with a limit
//! on memory, stack and time. Style sheets and Tailwind configurations run in here.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, FromJs, Promise, Runtime};

/// Memory of one engine, in bytes.
const MEMORY: usize = 256 << 20;
/// Stack of one engine, in bytes.
const STACK: usize = 1 << 20;

/// What every script expects to be there and must not be able to do anything with.
const GLOBALS: &str = r#"
globalThis.global = globalThis;
globalThis.process = { env: {}, versions: {}, argv: [], platform: 'linux', cwd: () => '/', emitWarning() {} };
globalThis.console = { log() {}, info() {}, debug() {}, warn() {}, error() {}, time() {}, timeEnd() {} };
"#;

/// A little of what packages for browsers look for when they are loaded.
const BROWSER: &str = r#"
globalThis.window = globalThis; globalThis.self = globalThis;
globalThis.navigator = { userAgent: '', platform: '' };
globalThis.location = { href: 'http://localhost/', protocol: 'http:', search: '', hash: '' };
const element = () => ({ style: {}, setAttribute() {}, appendChild() {}, addEventListener() {} });
globalThis.document = { createElement: element, documentElement: element(), addEventListener() {} };
for (const name of ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'addEventListener',
  'removeEventListener', 'requestAnimationFrame', 'queueMicrotask']) globalThis[name] = () => 0;
"#;

/// How a script ended that did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScriptError {
    /// It took longer than it may.
    #[error("the script took longer than {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// It took more memory than it may.
    #[error("the script took more than {} MiB of memory", MEMORY >> 20)]
    Memory,
    /// It threw.
    #[error("{message}")]
    Thrown {
        /// What it says.
        message: String,
        /// The exception as JSON, where the script prepared one.
        detail: Option<String>,
    },
}

/// One engine and its one realm.
pub(crate) struct Engine {
    context: Context,
    runtime: Runtime,
    deadline: Rc<Cell<Option<Instant>>>,
    expired: Rc<Cell<bool>>,
}

impl Engine {
    /// A fresh engine.
    pub(crate) fn new() -> Result<Self, ScriptError> {
        let runtime = Runtime::new().map_err(|error| broken(&error))?;
        runtime.set_memory_limit(MEMORY);
        runtime.set_max_stack_size(STACK);
        let deadline = Rc::new(Cell::new(None::<Instant>));
        let expired = Rc::new(Cell::new(false));
        let (until, passed) = (Rc::clone(&deadline), Rc::clone(&expired));
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let over = until.get().is_some_and(|until| Instant::now() >= until);
            passed.set(passed.get() || over);
            over
        })));
        let context = Context::full(&runtime).map_err(|error| broken(&error))?;
        let engine = Self { context, runtime, deadline, expired };
        engine.run::<()>(GLOBALS, Duration::from_secs(5))?;
        Ok(engine)
    }

    /// Gives the realm a text under a global name.
    pub(crate) fn set(&self, name: &str, text: &str) -> Result<(), ScriptError> {
        self.context.with(|realm| realm.globals().set(name, text)).map_err(|error| broken(&error))
    }

    /// Runs a script and returns its value.
    pub(crate) fn run<T>(&self, script: &str, limit: Duration) -> Result<T, ScriptError>
    where
        T: for<'js> FromJs<'js>,
    {
        self.within(limit, |realm| realm.eval::<T, _>(script).catch(realm).map_err(|e| caught(&e)))
    }

    /// Runs a script whose value is a promise of a text, and waits for it.
    pub(crate) fn run_promise(&self, script: &str, limit: Duration) -> Result<String, ScriptError> {
        self.within(limit, |realm| {
            let promise: Promise<'_> =
                realm.eval(script).catch(realm).map_err(|error| caught(&error))?;
            promise.finish::<String>().catch(realm).map_err(|error| caught(&error))
        })
    }

    /// Loads ES modules by name and lists what the default export of `entry` has.
    pub(crate) fn names_of_default(
        &self,
        modules: BTreeMap<String, String>,
        entry: &str,
        limit: Duration,
    ) -> Result<Vec<String>, ScriptError> {
        let mut resolver = rquickjs::loader::BuiltinResolver::default();
        let mut loader = rquickjs::loader::BuiltinLoader::default();
        for (name, code) in modules {
            resolver.add_module(name.as_str());
            loader.add_module(name, code);
        }
        self.runtime.set_loader(resolver, loader);
        self.run::<()>(BROWSER, limit)?;
        let script = format!(
            "import('{entry}').then((module) => {{ \
                const it = module.default; \
                return JSON.stringify(it === null || it === undefined ? [] : Object.keys(it)); }})"
        );
        let listed = self.run_promise(&script, limit)?;
        serde_json::from_str(&listed)
            .map_err(|error| ScriptError::Thrown { message: error.to_string(), detail: None })
    }

    /// Memory it holds, in bytes.
    pub(crate) fn memory(&self) -> i64 {
        self.runtime.memory_usage().malloc_size
    }

    fn within<T>(
        &self,
        limit: Duration,
        work: impl FnOnce(&Ctx<'_>) -> Result<T, ScriptError>,
    ) -> Result<T, ScriptError> {
        self.expired.set(false);
        self.deadline.set(Some(Instant::now() + limit));
        let outcome = self.context.with(|realm| work(&realm));
        self.deadline.set(None);
        if self.expired.get() { Err(ScriptError::Timeout(limit)) } else { outcome }
    }
}

fn broken(error: &rquickjs::Error) -> ScriptError {
    match error {
        rquickjs::Error::Allocation => ScriptError::Memory,
        other => ScriptError::Thrown { message: other.to_string(), detail: None },
    }
}

fn caught(error: &CaughtError<'_>) -> ScriptError {
    match error {
        CaughtError::Error(error) => broken(error),
        CaughtError::Exception(exception) => {
            let message = exception.message().unwrap_or_default();
            // The engine's own words when its memory is used up.
            if message == "out of memory" {
                return ScriptError::Memory;
            }
            let detail = exception.get::<_, Option<String>>("detail").ok().flatten();
            ScriptError::Thrown { message, detail }
        }
        CaughtError::Value(value) => {
            let text = value.as_string().and_then(|text| text.to_string().ok());
            // A full memory may leave no room for an exception: then `null` is thrown.
            match text {
                None if value.is_null() => ScriptError::Memory,
                text => ScriptError::Thrown {
                    message: text.unwrap_or_else(|| "a value was thrown".to_owned()),
                    detail: None,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn endless_loops_and_full_memories_end() {
        let engine = Engine::new().unwrap();
        let limit = Duration::from_millis(50);
        assert_eq!(engine.run::<()>("while (true);", limit), Err(ScriptError::Timeout(limit)));
        assert_eq!(
            engine.run::<()>("try { while (true); } catch { }", limit),
            Err(ScriptError::Timeout(limit))
        );
        let filler = "const all = []; while (true) all.push(new Array(100000).fill(1));";
        let error = engine.run::<()>(filler, Duration::from_secs(20)).unwrap_err();
        assert_eq!(error, ScriptError::Memory);
        let deep = engine.run::<()>("const f = () => f() + 1; f()", SECOND).unwrap_err();
        assert!(matches!(deep, ScriptError::Thrown { .. }), "{deep:?}");
    }

    #[test]
    fn a_script_has_nothing_to_reach_the_machine_with() {
        let engine = Engine::new().unwrap();
        for name in ["require", "fetch", "XMLHttpRequest", "WebSocket", "Deno", "std", "os"] {
            let kind: String = engine.run(&format!("typeof {name}"), SECOND).unwrap();
            assert_eq!(kind, "undefined", "{name}");
        }
    }
}
