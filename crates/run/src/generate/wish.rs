//! What is to be made: a page like another one, a website, a page, or a page changed.
//!
//! [`Wish::open`] tells which of them an argument is. Reads files; starts and asks nothing.

use std::path::Path;
use std::sync::Arc;

use pageloom_schema::{Reference, Site, Viewport};

use crate::error::RunError;
use crate::pages::open_page;
use crate::suite::picture::{as_png, window_of};

/// The longest instruction and the longest page to be changed, in bytes. More than that fits into few
/// models and would cost an answer that cannot be whole.
const MAX_WORDS: usize = 256 << 10;
/// The largest picture file, in bytes.
const MAX_PICTURE: u64 = 64 << 20;
/// Endings of pictures.
const PICTURES: [&str; 3] = ["png", "jpg", "jpeg"];
/// Endings of pages.
const PAGES: [&str; 3] = ["html", "htm", "xhtml"];
/// Endings of written instructions.
const WORDS: [&str; 2] = ["md", "txt"];

/// What is to be made.
#[derive(Clone, Debug)]
pub enum Wish {
    /// A page that looks like this one.
    Reproduce(Reference),
    /// A website as described.
    Website(String),
    /// One page as described.
    Page(String),
    /// This page, changed as described.
    Edit {
        /// The page.
        page: Arc<Site>,
        /// The change.
        instruction: String,
    },
}

/// A wish with a name for files and people.
#[derive(Clone, Debug)]
pub struct NamedWish {
    /// What is to be made.
    pub wish: Wish,
    /// Letters, digits, `.`, `_` and `-`; no file name of ours.
    pub name: String,
    /// A few words for people.
    pub title: String,
}

/// What the argument alone does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<'a> {
    /// An instruction asks for one page and no website.
    pub single_page: bool,
    /// The argument is a page, to be changed like this.
    pub edit: Option<&'a str>,
}

impl Wish {
    /// Reads a task: a picture, a page or its folder, a file with an instruction, or the instruction
    /// itself. `standard_input` is read for `-`.
    ///
    /// # Errors
    /// [`RunError::BadTask`] for what is none of them, [`RunError::Build`], [`RunError::BadPicture`],
    /// [`RunError::Storage`].
    pub fn open(
        task: &str,
        form: Form<'_>,
        standard_input: impl FnOnce() -> std::io::Result<String>,
    ) -> Result<NamedWish, RunError> {
        let path = Path::new(task);
        let bad = |reason: &str, hint: &str| bad(task, reason, hint);
        if let Some(change) = form.edit {
            let page = open_page(path)?;
            let instruction = checked(change, &bad)?;
            if page.entry_html().len() > MAX_WORDS {
                return Err(bad("the page is longer than 256 KiB", "shorten it"));
            }
            let title = format!("{}, changed: {}", file_name(path), first_line(change));
            return Ok(NamedWish {
                wish: Self::Edit { page, instruction },
                name: name_of(&stem(path)),
                title,
            });
        }
        let instruction = |text: &str, name: &str| {
            let text = checked(text, &bad)?;
            let title = first_line(&text);
            let wish = if form.single_page { Self::Page(text) } else { Self::Website(text) };
            Ok(NamedWish { wish, name: name_of(name), title })
        };
        if task == "-" {
            let text = standard_input().map_err(RunError::storage("read", path))?;
            return instruction(&text, &first_line(&text));
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let ending = ending.to_ascii_lowercase();
        let ends = |list: &[&str]| list.contains(&ending.as_str());
        let exists = path.exists();
        if !exists {
            let one_word = !task.trim().contains(char::is_whitespace);
            if one_word && (ends(&PICTURES) || ends(&PAGES) || ends(&WORDS)) {
                return Err(bad(
                    "there is no such file",
                    "check the path, or write an instruction",
                ));
            }
            return instruction(task, &first_line(task));
        }
        let reproduce = |reference: Reference| NamedWish {
            wish: Self::Reproduce(reference),
            name: name_of(&stem(path)),
            title: file_name(path),
        };
        if path.is_dir() || ends(&PAGES) {
            let site = open_page(path)?;
            return Ok(reproduce(Reference::Site(Arc::unwrap_or_clone(site))));
        }
        let size = std::fs::metadata(path).map_err(RunError::storage("read", path))?.len();
        if ends(&PICTURES) {
            let unreadable =
                |reason: String| RunError::BadPicture { path: path.to_owned(), reason };
            if size > MAX_PICTURE {
                return Err(unreadable(format!("it has more than {MAX_PICTURE} bytes")));
            }
            let bytes = std::fs::read(path).map_err(RunError::storage("read", path))?;
            return Ok(reproduce(Reference::Screenshot(as_png(bytes).map_err(unreadable)?)));
        }
        if !ends(&WORDS) {
            return Err(bad(
                "it is neither a picture, a page nor a text",
                "name a .png, .jpg, .html, .md or .txt file, or the folder of a page",
            ));
        }
        if size > MAX_WORDS as u64 {
            return Err(bad("it is longer than 256 KiB", "write a shorter instruction"));
        }
        let bytes = std::fs::read(path).map_err(RunError::storage("read", path))?;
        instruction(&String::from_utf8_lossy(&bytes), &stem(path))
    }

    /// Its kind, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Reproduce(_) => "reproduce",
            Self::Website(_) => "website",
            Self::Page(_) => "page",
            Self::Edit { .. } => "edit",
        }
    }

    /// The window where none is asked for: as wide as the picture, or the usual one.
    #[must_use]
    pub fn viewport(&self) -> Viewport {
        match self {
            Self::Reproduce(Reference::Screenshot(png)) => window_of(png),
            _ => Viewport::default(),
        }
    }

    /// True where an answer can be held against something.
    #[must_use]
    pub fn has_target(&self) -> bool {
        matches!(self, Self::Reproduce(_))
    }
}

fn bad(task: &str, reason: &str, hint: &str) -> RunError {
    let mut short: String = task.chars().take(80).collect();
    if short.len() < task.len() {
        short.push('…');
    }
    RunError::BadTask { task: short, reason: reason.to_owned(), hint: hint.to_owned() }
}

fn checked(text: &str, bad: &dyn Fn(&str, &str) -> RunError) -> Result<String, RunError> {
    let text = text.trim();
    match text.len() {
        0 => Err(bad("the instruction is empty", "say in words what is wanted")),
        1..=MAX_WORDS => Ok(text.to_owned()),
        _ => Err(bad("the instruction is longer than 256 KiB", "write a shorter one")),
    }
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().chars().take(80).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Words as a name: lower-case where it is a sentence, at most 40 characters.
fn name_of(words: &str) -> String {
    let sentence = words.contains(char::is_whitespace);
    let clean = |c: char| match c {
        _ if c.is_ascii_alphanumeric() && sentence => c.to_ascii_lowercase(),
        _ if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') => c,
        _ => '-',
    };
    let name: String = words.chars().map(clean).take(40).collect();
    let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    let name = parts.join("-");
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "task".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(task: &str, form: Form<'_>) -> Result<NamedWish, RunError> {
        Wish::open(task, form, || Ok("A page about bees".to_owned()))
    }

    #[test]
    fn words_are_a_website_or_a_page_and_a_dash_is_standard_input() {
        let named = open("A shop for Bread, with prices", Form::default()).unwrap();
        assert!(matches!(named.wish, Wish::Website(_)));
        assert_eq!(named.name, "a-shop-for-bread-with-prices");
        let single = Form { single_page: true, ..Form::default() };
        let named = open("-", single).unwrap();
        assert!(matches!(named.wish, Wish::Page(text) if text == "A page about bees"));
    }

    #[test]
    fn a_file_that_is_not_there_and_no_words_are_no_instruction() {
        for task in ["shot.png", "no/such/page.html", "", "  "] {
            assert!(matches!(open(task, Form::default()), Err(RunError::BadTask { .. })), "{task}");
        }
    }

    #[test]
    fn a_file_is_what_its_ending_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let page = file("shop.html", "<h1>Shop</h1>");
        let kind = |task: &str| open(task, Form::default()).map(|named| named.wish.kind());
        assert_eq!(kind(&page).unwrap(), "reproduce");
        assert_eq!(kind(&file("wish.md", "A blog")).unwrap(), "website");
        assert!(matches!(kind(&file("a.bin", "x")), Err(RunError::BadTask { .. })));
        assert!(matches!(kind(&file("a.png", "x")), Err(RunError::BadPicture { .. })));
        let edit = Form { edit: Some("make it green"), ..Form::default() };
        let named = open(&page, edit).unwrap();
        assert_eq!((named.wish.kind(), named.name.as_str()), ("edit", "shop"));
        assert!(open("no page at all", edit).is_err());
    }

    #[test]
    fn a_name_is_never_empty_and_never_a_path() {
        for (words, name) in [("../..", "task"), ("", "task"), ("a/b", "a-b"), ("Ü ber", "ber")] {
            assert_eq!(name_of(words), name);
        }
    }
}
