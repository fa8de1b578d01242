//! Words and signs that mean the same on controls: a small table. A word may mean several things (`×`
//! closes, and multiplies); two texts share a concept when one bit of their sets is the same.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A set of concepts, one bit each.
pub(super) type Concepts = u64;

/// Each line is one concept; entries of several words are written with spaces.
const TABLE: &[&[&str]] = &[
    &["close", "dismiss", "x", "×", "✕", "✖", "✗", "times", "xmark", "cross"],
    &[
        "delete",
        "remove",
        "trash",
        "trash can",
        "bin",
        "destroy",
        "🗑",
        "rubbish",
        "garbage",
        "dustbin",
        "trashcan",
        "x",
        "×",
        "cross",
    ],
    &["add", "plus", "+", "new", "create"],
    &[
        "next",
        "right arrow",
        "arrow right",
        "chevron right",
        "right chevron",
        "›",
        "»",
        "→",
        "⏭",
        "forward arrow",
        "skip",
        "angle right",
        "caret right",
        "right",
    ],
    &[
        "previous",
        "prev",
        "left arrow",
        "arrow left",
        "chevron left",
        "left chevron",
        "‹",
        "«",
        "←",
        "⏮",
        "back",
        "angle left",
        "caret left",
        "left",
    ],
    &["menu", "hamburger", "burger", "☰", "hamburger menu", "burger menu", "three lines"],
    &["search", "magnifier", "magnifying glass", "🔍", "🔎", "find", "lookup"],
    &["cart", "basket", "bag", "🛒", "shopping cart", "shopping bag", "trolley"],
    &["settings", "gear", "cog", "⚙", "preferences", "cogwheel"],
    &[
        "like",
        "heart",
        "favourite",
        "favorite",
        "favourites",
        "favorites",
        "♥",
        "♡",
        "❤",
        "love",
        "wishlist",
        "wish",
        "wish list",
    ],
    &["like", "thumbs up", "👍", "upvote"],
    &["thumbs up", "👍", "thumb"],
    &["edit", "pencil", "✎", "✏", "pen", "modify", "rename"],
    &["submit", "send", "➤", "paper plane"],
    &["sign in", "log in", "login", "signin", "log on"],
    &["sign out", "log out", "logout", "signout"],
    &["sign up", "register", "signup", "create account", "join"],
    &["increase", "increment", "+", "plus", "more of"],
    &["decrease", "decrement", "−", "–", "minus", "reduce", "subtract", "subtraction"],
    &["plus", "+", "addition"],
    &["multiply", "multiplication", "×", "times", "multiplied"],
    &["divide", "division", "÷", "divided", "/"],
    &["equals", "=", "equal", "equals sign", "equal sign"],
    &["decimal point", "decimal", ".", "point", "dot"],
    &["percent", "%", "percentage"],
    &["square root", "√", "sqrt"],
    &[
        "more",
        "three dots",
        "three dot",
        "kebab",
        "ellipsis",
        "⋮",
        "⋯",
        "…",
        "more options",
        "meatballs",
        "overflow",
        "dots",
        "vertical dots",
        "three vertical dots",
        "horizontal dots",
        "dots menu",
    ],
    &["star", "★", "☆"],
    &["attach", "attachment", "paperclip", "paper clip", "clip", "📎"],
    &["pin", "pinned", "📌"],
    &["emoji", "smiley", "smile", "😀"],
    &["swap", "switch", "exchange", "⇄"],
    &["bell", "🔔", "notifications", "notification", "alerts"],
    &["play", "▶", "⏯"],
    &["pause", "⏸", "⏯"],
    &["mute", "🔊", "🔇", "speaker", "loudspeaker", "sound"],
    &["full screen", "fullscreen", "⛶", "maximize", "maximise"],
    &["bookmark", "🔖", "save for later"],
    &["refresh", "reload", "↻", "⟳"],
    &["repeat", "loop", "⟲", "🔁"],
    &["shuffle", "⤮", "🔀", "random"],
    &["mail", "message", "email", "e mail", "✉", "envelope"],
    &["up", "↑", "up arrow", "arrow up", "chevron up"],
    &["down", "↓", "▾", "down arrow", "arrow down", "chevron down"],
    &["profile", "avatar", "account", "user"],
    &["theme", "dark mode", "☾", "🌙", "☀", "night mode", "dark theme", "light mode"],
    &["carousel", "slider", "slideshow", "hero", "gallery"],
    &["event", "appointment", "meeting"],
    &["pagination", "pager", "pages"],
    &["toc", "table of contents", "contents"],
    &["quantity", "qty", "amount"],
    &["clear all", "ac", "all clear"],
    &["dropdown", "drop down", "select", "combobox"],
    &["checkmark", "check mark", "tick", "✓", "✔"],
    &["home", "house", "logo"],
    &["song", "track", "music", "tune"],
    &["copy", "duplicate", "clipboard"],
    &["postcode", "zip", "zip code", "postal code", "post code"],
    &["phone", "telephone", "tel", "mobile", "phone number", "call", "📞"],
    &["colour", "color"],
    &["todo", "task", "to do"],
    &["download", "⬇"],
    &["empty", "blank", "free"],
];

/// The longest entry in words.
pub(super) const LONGEST: usize = 3;

static INDEX: LazyLock<HashMap<&'static str, Concepts>> = LazyLock::new(|| {
    let mut index = HashMap::new();
    for (bit, entries) in TABLE.iter().enumerate() {
        for entry in *entries {
            *index.entry(*entry).or_insert(0) |= 1 << bit;
        }
    }
    index
});

/// What a word, or a few words with spaces between them, mean.
pub(super) fn of_phrase(phrase: &str) -> Concepts {
    INDEX.get(phrase).copied().unwrap_or(0)
}

/// What the words of a text mean, alone and together.
pub(super) fn of_words(words: &[String]) -> Concepts {
    let mut found = 0;
    for start in 0..words.len() {
        found |= of_phrase(&words[start]);
        for length in 2..=LONGEST.min(words.len() - start) {
            found |= of_phrase(&words[start..start + length].join(" "));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{TABLE, of_phrase, of_words};
    use crate::ground::words::words;

    #[test]
    fn the_table_fits_into_its_bits_and_its_entries_are_written_as_words_are_read() {
        assert!(TABLE.len() <= 64);
        for entry in TABLE.iter().copied().flatten() {
            assert_eq!(words(entry).join(" "), *entry);
        }
    }

    #[test]
    fn signs_and_words_share_their_meaning() {
        assert_ne!(of_phrase("×") & of_phrase("close"), 0);
        assert_ne!(of_phrase("×") & of_phrase("multiply"), 0);
        assert_ne!(of_words(&words("the right arrow")) & of_phrase("›"), 0);
        assert_eq!(of_phrase("close") & of_phrase("delete"), 0);
    }
}
