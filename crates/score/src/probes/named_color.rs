//! The two colours an instruction names, found in its words: one for the background and one for the
//! components.

use std::sync::LazyLock;

use crate::tokens;

/// A colour as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedColor {
    /// The name as it was written, in lower case and with single spaces.
    pub name: String,
    /// sRGB, eight bits a channel.
    pub rgb: [u8; 3],
}

/// The two colours of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedColors {
    /// What the page lies on.
    pub background: NamedColor,
    /// What buttons, cards, bars and the like are drawn in.
    pub component: NamedColor,
}

/// The most words a colour's name has.
const MAX_WORDS: usize = 4;

/// Words that a background's colour stands near to.
const BACKGROUND: &[&str] = &[
    "background",
    "backgrounds",
    "backdrop",
    "base",
    "canvas",
    "body",
    "page",
    "pages",
    "layout",
    "screen",
    "bg",
];
/// Words that a component's colour stands near to.
const COMPONENT: &[&str] = &[
    "component",
    "components",
    "element",
    "elements",
    "control",
    "controls",
    "ui",
    "interface",
    "button",
    "buttons",
    "card",
    "cards",
    "block",
    "blocks",
    "piece",
    "pieces",
    "accent",
    "accents",
    "interactive",
    "widgets",
    "widget",
    "primary",
];

/// The colours that an instruction names for its background and its components; nothing when it does
/// not name two in one sentence that speaks of both.
///
/// ```
/// use pageloom_score::probes::named_colors_of;
/// let colors = named_colors_of("Make a shop. Use orange for components on a mint cream background.");
/// let colors = colors.map(|c| (c.background.name, c.component.name));
/// assert_eq!(colors, Some(("mint cream".into(), "orange".into())));
/// ```
#[must_use]
pub fn named_colors_of(instruction: &str) -> Option<NamedColors> {
    // The sentence about colours is mostly the last; two that share the matter come together.
    let sentences: Vec<Vec<String>> = sentences(instruction);
    let single = sentences.iter().rev().find_map(|words| pair(words));
    single.or_else(|| {
        let joined = sentences.windows(2).rev().map(|two| two.concat());
        joined.into_iter().find_map(|words| pair(&words))
    })
}

/// The words of the sentences of a text that name colours for the page or its components.
pub(super) fn is_about_colors(sentence: &str) -> bool {
    let words = words(sentence);
    !mentions(&words).is_empty()
        && words.iter().any(|w| BACKGROUND.contains(&w.as_str()) || COMPONENT.contains(&w.as_str()))
}

fn sentences(text: &str) -> Vec<Vec<String>> {
    text.split(['.', '!', '?', '\n']).map(words).filter(|words| !words.is_empty()).collect()
}

fn words(text: &str) -> Vec<String> {
    tokens::words(&text.replace('#', " hex"))
}

struct Mention {
    start: usize,
    end: usize,
    color: NamedColor,
}

/// The colours of a sentence, the longest name at each place.
fn mentions(words: &[String]) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = (1..=MAX_WORDS.min(words.len() - at)).rev().find_map(|count| {
            let name = words.get(at..at + count)?.join(" ");
            Some((count, NamedColor { rgb: color(&name)?, name }))
        });
        match longest {
            Some((count, color)) => {
                found.push(Mention { start: at, end: at + count, color });
                at += count;
            }
            None => at += 1,
        }
    }
    found
}

/// Gives the two colours of a sentence their places: those by which words and colours are nearest.
fn pair(words: &[String]) -> Option<NamedColors> {
    let found = mentions(words);
    let distance = |mention: &Mention, list: &[&str]| {
        let places = words.iter().enumerate().filter(|(_, word)| list.contains(&word.as_str()));
        places
            .map(|(at, _)| {
                if at < mention.start {
                    mention.start - at
                } else {
                    (at + 1).saturating_sub(mention.end)
                }
            })
            .min()
    };
    let mut best: Option<(usize, usize, usize)> = None;
    for (i, background) in found.iter().enumerate() {
        for (j, component) in found.iter().enumerate().filter(|(j, _)| *j != i) {
            let (Some(a), Some(b)) =
                (distance(background, BACKGROUND), distance(component, COMPONENT))
            else {
                continue;
            };
            // Of equals the one in the usual order: the background first.
            let cost = 2 * (a + b) + usize::from(j < i);
            if best.is_none_or(|(least, ..)| cost < least) {
                best = Some((cost, i, j));
            }
        }
    }
    let (_, i, j) = best?;
    Some(NamedColors {
        background: found.get(i)?.color.clone(),
        component: found.get(j)?.color.clone(),
    })
}

/// The colour of a name written with or without spaces, or of `hex` and six digits.
fn color(name: &str) -> Option<[u8; 3]> {
    let mut bare: String = name.chars().filter(|c| *c != ' ').collect();
    if let Some(digits) = bare.strip_prefix("hex").filter(|d| d.len() == 6 && d.is_ascii()) {
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        return Some([byte(0)?, byte(2)?, byte(4)?]);
    }
    bare = bare.replace("grey", "gray");
    let at = SORTED.binary_search_by(|(known, _)| (*known).cmp(bare.as_str())).ok()?;
    SORTED.get(at).map(|(_, rgb)| *rgb)
}

static SORTED: LazyLock<Vec<(&str, [u8; 3])>> = LazyLock::new(|| {
    let mut list = NAMES.to_vec();
    list.sort_unstable();
    list
});

/// The colour names of CSS Color 4, and English ones that are none of them.
#[rustfmt::skip]
const NAMES: &[(&str, [u8; 3])] = &[
    ("aliceblue", [0xf0, 0xf8, 0xff]), ("amber", [0xff, 0xbf, 0x00]), ("antiquewhite", [0xfa, 0xeb, 0xd7]),
    ("aqua", [0x00, 0xff, 0xff]), ("aquamarine", [0x7f, 0xff, 0xd4]), ("azure", [0xf0, 0xff, 0xff]),
    ("azuremist", [0xf0, 0xff, 0xff]), ("babyblue", [0x89, 0xcf, 0xf0]), ("babypink", [0xf4, 0xc2, 0xc2]),
    ("beige", [0xf5, 0xf5, 0xdc]), ("bisque", [0xff, 0xe4, 0xc4]), ("black", [0x00, 0x00, 0x00]),
    ("blanchedalmond", [0xff, 0xeb, 0xcd]), ("blue", [0x00, 0x00, 0xff]), ("blueviolet", [0x8a, 0x2b, 0xe2]),
    ("brickred", [0xcb, 0x41, 0x54]), ("bronze", [0xcd, 0x7f, 0x32]), ("brown", [0xa5, 0x2a, 0x2a]),
    ("burgundy", [0x80, 0x00, 0x20]), ("burlywood", [0xde, 0xb8, 0x87]), ("cadetblue", [0x5f, 0x9e, 0xa0]),
    ("champagne", [0xf7, 0xe7, 0xce]), ("charcoal", [0x36, 0x45, 0x4f]), ("chartreuse", [0x7f, 0xff, 0x00]),
    ("chocolate", [0xd2, 0x69, 0x1e]), ("cobalt", [0x00, 0x47, 0xab]), ("cobaltblue", [0x00, 0x47, 0xab]),
    ("copper", [0xb8, 0x73, 0x33]), ("coral", [0xff, 0x7f, 0x50]), ("cornflowerblue", [0x64, 0x95, 0xed]),
    ("cornsilk", [0xff, 0xf8, 0xdc]), ("cream", [0xff, 0xfd, 0xd0]), ("crimson", [0xdc, 0x14, 0x3c]),
    ("cyan", [0x00, 0xff, 0xff]), ("darkblue", [0x00, 0x00, 0x8b]), ("darkbrown", [0x5c, 0x40, 0x33]),
    ("darkcyan", [0x00, 0x8b, 0x8b]), ("darkgoldenrod", [0xb8, 0x86, 0x0b]), ("darkgray", [0xa9, 0xa9, 0xa9]),
    ("darkgreen", [0x00, 0x64, 0x00]), ("darkkhaki", [0xbd, 0xb7, 0x6b]), ("darkmagenta", [0x8b, 0x00, 0x8b]),
    ("darkolivegreen", [0x55, 0x6b, 0x2f]), ("darkorange", [0xff, 0x8c, 0x00]), ("darkorchid", [0x99, 0x32, 0xcc]),
    ("darkpink", [0xe7, 0x54, 0x80]), ("darkpurple", [0x30, 0x19, 0x34]), ("darkred", [0x8b, 0x00, 0x00]),
    ("darksalmon", [0xe9, 0x96, 0x7a]), ("darkseagreen", [0x8f, 0xbc, 0x8f]), ("darkslateblue", [0x48, 0x3d, 0x8b]),
    ("darkslategray", [0x2f, 0x4f, 0x4f]), ("darkturquoise", [0x00, 0xce, 0xd1]), ("darkviolet", [0x94, 0x00, 0xd3]),
    ("darkyellow", [0x9b, 0x87, 0x0c]), ("deeppink", [0xff, 0x14, 0x93]), ("deepskyblue", [0x00, 0xbf, 0xff]),
    ("dimgray", [0x69, 0x69, 0x69]), ("dodgerblue", [0x1e, 0x90, 0xff]), ("eggshell", [0xf0, 0xea, 0xd6]),
    ("electricblue", [0x7d, 0xf9, 0xff]), ("emerald", [0x50, 0xc8, 0x78]), ("firebrick", [0xb2, 0x22, 0x22]),
    ("floralwhite", [0xff, 0xfa, 0xf0]), ("forestgreen", [0x22, 0x8b, 0x22]), ("fuchsia", [0xff, 0x00, 0xff]),
    ("gainsboro", [0xdc, 0xdc, 0xdc]), ("ghostwhite", [0xf8, 0xf8, 0xff]), ("gold", [0xff, 0xd7, 0x00]),
    ("goldenrod", [0xda, 0xa5, 0x20]), ("gray", [0x80, 0x80, 0x80]), ("green", [0x00, 0x80, 0x00]),
    ("greenyellow", [0xad, 0xff, 0x2f]), ("honeydew", [0xf0, 0xff, 0xf0]), ("hotpink", [0xff, 0x69, 0xb4]),
    ("huntergreen", [0x35, 0x5e, 0x3b]), ("indianred", [0xcd, 0x5c, 0x5c]), ("indigo", [0x4b, 0x00, 0x82]),
    ("ivory", [0xff, 0xff, 0xf0]), ("jade", [0x00, 0xa8, 0x6b]), ("khaki", [0xf0, 0xe6, 0x8c]),
    ("lavender", [0xe6, 0xe6, 0xfa]), ("lavenderblush", [0xff, 0xf0, 0xf5]), ("lawngreen", [0x7c, 0xfc, 0x00]),
    ("lemonchiffon", [0xff, 0xfa, 0xcd]), ("lightblue", [0xad, 0xd8, 0xe6]), ("lightbrown", [0xb5, 0x65, 0x1d]),
    ("lightcoral", [0xf0, 0x80, 0x80]), ("lightcyan", [0xe0, 0xff, 0xff]), ("lightgoldenrod", [0xfa, 0xfa, 0xd2]),
    ("lightgoldenrodyellow", [0xfa, 0xfa, 0xd2]), ("lightgray", [0xd3, 0xd3, 0xd3]), ("lightgreen", [0x90, 0xee, 0x90]),
    ("lightorange", [0xff, 0xd5, 0x80]), ("lightpink", [0xff, 0xb6, 0xc1]), ("lightpurple", [0xb1, 0x9c, 0xd9]),
    ("lightred", [0xff, 0x7f, 0x7f]), ("lightsalmon", [0xff, 0xa0, 0x7a]), ("lightseagreen", [0x20, 0xb2, 0xaa]),
    ("lightskyblue", [0x87, 0xce, 0xfa]), ("lightslategray", [0x77, 0x88, 0x99]), ("lightsteelblue", [0xb0, 0xc4, 0xde]),
    ("lightyellow", [0xff, 0xff, 0xe0]), ("lilac", [0xc8, 0xa2, 0xc8]), ("lime", [0x00, 0xff, 0x00]),
    ("limegreen", [0x32, 0xcd, 0x32]), ("linen", [0xfa, 0xf0, 0xe6]), ("magenta", [0xff, 0x00, 0xff]),
    ("maroon", [0x80, 0x00, 0x00]), ("mauve", [0xe0, 0xb0, 0xff]), ("mediumaquamarine", [0x66, 0xcd, 0xaa]),
    ("mediumblue", [0x00, 0x00, 0xcd]), ("mediumorchid", [0xba, 0x55, 0xd3]), ("mediumpurple", [0x93, 0x70, 0xdb]),
    ("mediumseagreen", [0x3c, 0xb3, 0x71]), ("mediumslateblue", [0x7b, 0x68, 0xee]), ("mediumspringgreen", [0x00, 0xfa, 0x9a]),
    ("mediumturquoise", [0x48, 0xd1, 0xcc]), ("mediumvioletred", [0xc7, 0x15, 0x85]), ("midnightblue", [0x19, 0x19, 0x70]),
    ("mint", [0x98, 0xff, 0x98]), ("mintcream", [0xf5, 0xff, 0xfa]), ("mintgreen", [0x98, 0xfb, 0x98]),
    ("mistyrose", [0xff, 0xe4, 0xe1]), ("moccasin", [0xff, 0xe4, 0xb5]), ("mustard", [0xe1, 0xad, 0x01]),
    ("navajowhite", [0xff, 0xde, 0xad]), ("navy", [0x00, 0x00, 0x80]), ("navyblue", [0x00, 0x00, 0x80]),
    ("oceanblue", [0x4f, 0x42, 0xb5]), ("offwhite", [0xfa, 0xf9, 0xf6]), ("oldlace", [0xfd, 0xf5, 0xe6]),
    ("olive", [0x80, 0x80, 0x00]), ("olivedrab", [0x6b, 0x8e, 0x23]), ("orange", [0xff, 0xa5, 0x00]),
    ("orangered", [0xff, 0x45, 0x00]), ("orchid", [0xda, 0x70, 0xd6]), ("palegoldenrod", [0xee, 0xe8, 0xaa]),
    ("palegreen", [0x98, 0xfb, 0x98]), ("paleturquoise", [0xaf, 0xee, 0xee]), ("palevioletred", [0xdb, 0x70, 0x93]),
    ("papayawhip", [0xff, 0xef, 0xd5]), ("pastelblue", [0xae, 0xc6, 0xcf]), ("pastelgreen", [0xc1, 0xe1, 0xc1]),
    ("pastelpink", [0xf8, 0xc8, 0xdc]), ("peach", [0xff, 0xda, 0xb9]), ("peachpuff", [0xff, 0xda, 0xb9]),
    ("pearl", [0xea, 0xe0, 0xc8]), ("periwinkle", [0xcc, 0xcc, 0xff]), ("peru", [0xcd, 0x85, 0x3f]),
    ("pink", [0xff, 0xc0, 0xcb]), ("plum", [0xdd, 0xa0, 0xdd]), ("powderblue", [0xb0, 0xe0, 0xe6]),
    ("purple", [0x80, 0x00, 0x80]), ("rebeccapurple", [0x66, 0x33, 0x99]), ("red", [0xff, 0x00, 0x00]),
    ("rosegold", [0xb7, 0x6e, 0x79]), ("rosybrown", [0xbc, 0x8f, 0x8f]), ("royalblue", [0x41, 0x69, 0xe1]),
    ("rust", [0xb7, 0x41, 0x0e]), ("saddlebrown", [0x8b, 0x45, 0x13]), ("sagegreen", [0x9c, 0xaf, 0x88]),
    ("salmon", [0xfa, 0x80, 0x72]), ("sand", [0xc2, 0xb2, 0x80]), ("sandybrown", [0xf4, 0xa4, 0x60]),
    ("scarlet", [0xff, 0x24, 0x00]), ("seagreen", [0x2e, 0x8b, 0x57]), ("seashell", [0xff, 0xf5, 0xee]),
    ("sienna", [0xa0, 0x52, 0x2d]), ("silver", [0xc0, 0xc0, 0xc0]), ("skyblue", [0x87, 0xce, 0xeb]),
    ("slate", [0x70, 0x80, 0x90]), ("slateblue", [0x6a, 0x5a, 0xcd]), ("slategray", [0x70, 0x80, 0x90]),
    ("snow", [0xff, 0xfa, 0xfa]), ("springgreen", [0x00, 0xff, 0x7f]), ("steelblue", [0x46, 0x82, 0xb4]),
    ("tan", [0xd2, 0xb4, 0x8c]), ("taupe", [0x48, 0x3c, 0x32]), ("teal", [0x00, 0x80, 0x80]),
    ("terracotta", [0xe2, 0x72, 0x5b]), ("thistle", [0xd8, 0xbf, 0xd8]), ("tomato", [0xff, 0x63, 0x47]),
    ("turquoise", [0x40, 0xe0, 0xd0]), ("violet", [0xee, 0x82, 0xee]), ("wheat", [0xf5, 0xde, 0xb3]),
    ("white", [0xff, 0xff, 0xff]), ("whitesmoke", [0xf5, 0xf5, 0xf5]), ("yellow", [0xff, 0xff, 0x00]),
    ("yellowgreen", [0x9a, 0xcd, 0x32]),
];

#[cfg(test)]
mod tests {
    use super::{named_colors_of, words};

    fn both(text: &str) -> Option<(String, String)> {
        named_colors_of(text).map(|c| (c.background.name, c.component.name))
    }

    fn pair(a: &str, b: &str) -> Option<(String, String)> {
        Some((a.to_owned(), b.to_owned()))
    }

    #[test]
    fn the_words_around_a_color_say_what_it_is_for() {
        assert_eq!(
            both("Paint components in dark slate blue; keep a misty rose background."),
            pair("misty rose", "dark slate blue")
        );
        assert_eq!(
            both("Pick azure mist for the backdrop and teal for cards."),
            pair("azure mist", "teal")
        );
        assert_eq!(
            both("Let the background be DarkOrange. Buttons are #00ff80."),
            pair("darkorange", "hex00ff80")
        );
    }

    #[test]
    fn a_color_that_is_a_thing_is_not_taken_for_one() {
        let text =
            "Players dig gold and silver. Choose old lace as the base and peru for the controls.";
        assert_eq!(both(text), pair("old lace", "peru"));
        assert_eq!(both("A shop for gold rings and silver chains."), None);
        assert_eq!(both("Use white for the background."), None);
    }

    #[test]
    fn names_are_read_with_and_without_spaces_and_in_both_spellings() {
        assert_eq!(super::color("light goldenrod"), Some([0xfa, 0xfa, 0xd2]));
        assert_eq!(super::color("dim grey"), Some([0x69; 3]));
        assert_eq!(super::color("dimgray"), Some([0x69; 3]));
        assert_eq!(super::color("no color"), None);
        assert_eq!(words("#ffffff").len(), 1);
    }
}
