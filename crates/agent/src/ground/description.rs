//! A description in parts: what is wanted (a [`Phrase`]), and how it stands to other things (relations).

use std::collections::HashSet;

use super::Wanted;
use super::command::{
    by_means, counted_from, cut_purpose, drop_option, lock_names, point_arrows, strip_verbs,
};
use super::kinds::Kind;
use super::lexicon::PRESSING;
use super::phrase::{Ordinal, Phrase, Place, Token, kind_as_term, phrase};
use super::spoken;

/// How the wanted thing stands to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// Of, for, from, labelled: the other one may as well be its own name.
    Of,
    /// With, labelled, containing: it has the other one, or is it.
    With,
    /// In, on, inside.
    In,
    /// Next to, beside, near.
    Near,
    Above,
    Below,
}

/// A description in parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Description {
    pub(super) head: Phrase,
    /// What is said in parentheses: another way to say the head.
    pub(super) aside: Option<Phrase>,
    pub(super) relations: Vec<(Relation, Phrase)>,
}

/// Takes a description apart. `names` are names on the page, their words joined by spaces: with a `=`
/// before it each of one word, with a `!` those of what can be acted on.
pub(super) fn read(description: &str, names: &HashSet<String>, wanted: Wanted) -> Description {
    let (choosing, editing) = (wanted == Wanted::Choice, wanted == Wanted::Editable);
    let mut pieces = spoken::pieces(description);
    if let Some((span, _)) = spoken::typing(description, &pieces) {
        pieces.drain(span);
    } else if let Some((span, _)) = spoken::pressed(&pieces)
        && span.end < pieces.len()
        && pieces[span.start].span.start < description.len()
        && matches!(
            pieces[span.start].text.as_str(),
            "press" | "presses" | "hit" | "tap" | "push" | "pressing"
        )
    {
        pieces.drain(span);
    }
    let mut tokens = lock_names(pieces, names);
    let aside: Vec<Token> = tokens.iter().filter(|token| token.aside).cloned().collect();
    tokens.retain(|token| !token.aside);
    if tokens.is_empty() {
        return Description { head: phrase(&aside), ..Description::default() };
    }
    if choosing {
        drop_option(&mut tokens);
    }
    // `In the sidebar, check …`: the place is said first.
    if tokens[0].is(&["in", "on", "at", "under", "inside", "within", "from", "below", "above"])
        && let Some(pause) = tokens.iter().position(|token| token.pause)
        && pause + 1 < tokens.len()
    {
        tokens[pause].pause = false;
        tokens.rotate_left(pause + 1);
    }
    while tokens.len() > 1
        && tokens[0].is(&[
            "in", "into", "to", "on", "as", "inside", "within", "at", "for", "from", "with",
            "onto", "while",
        ])
    {
        tokens.remove(0);
    }
    point_arrows(&mut tokens);
    let mut read = Description::default();
    let mut before: Vec<Token> = Vec::new();
    if let Some(at) = by_means(&tokens) {
        let rest = tokens.split_off(at);
        before = std::mem::replace(&mut tokens, rest);
        tokens.remove(0);
        while tokens.first().is_some_and(|token| {
            token.is(&["clicking", "pressing", "tapping", "using", "on", "hitting", "selecting"])
        }) {
            tokens.remove(0);
        }
    }
    cut_purpose(&mut tokens);
    let implied = strip_verbs(&mut tokens, &mut read, names);
    let backwards = counted_from(&mut tokens);
    split(&tokens, &mut read);
    if backwards && let Some(Ordinal::Nth(n)) = read.head.ordinal {
        read.head.ordinal = Some(Ordinal::Last(n));
    }
    if !before.is_empty() {
        strip_verbs(&mut before, &mut Description::default(), names);
        let verb = before.first().is_some_and(|token| token.is(PRESSING));
        let mut aim = phrase(&before[usize::from(verb)..]);
        kind_as_term(&mut aim);
        if !aim.is_blank() {
            read.relations.push((Relation::Of, aim));
        }
    }
    if read.head.ordinal.is_none() && (editing || read.relations.is_empty()) {
        kind_as_term(&mut read.head);
    }
    if let Some((kind, word)) = implied {
        imply(kind, word, &mut read);
    }
    if !aside.is_empty() {
        read.aside = Some(phrase(&aside)).filter(|phrase| !phrase.terms.is_empty());
    }
    read
}

/// A verb has told the kind: what was named is beside it, or is its own label.
fn imply(kind: Kind, word: &str, read: &mut Description) {
    match &read.head.kind {
        Some((told, _))
            if *told == kind
                || matches!(
                    told,
                    Kind::Checkbox | Kind::Switch | Kind::Radio | Kind::Button | Kind::Icon
                ) => {}
        Some((Kind::Item | Kind::Row | Kind::Text | Kind::Label | Kind::Part | Kind::Cell, _)) => {
            let thing = std::mem::take(&mut read.head);
            read.relations.insert(0, (Relation::Of, thing));
            read.head.kind = Some((kind, word.to_owned()));
        }
        Some(_) => {}
        None => {
            let thing = std::mem::take(&mut read.head);
            if !thing.is_blank() {
                read.relations.insert(0, (Relation::Of, thing));
            }
            read.head.kind = Some((kind, word.to_owned()));
        }
    }
}

/// Prepositions of one or more words.
const PREPOSITIONS: &[(&[&str], Relation)] = &[
    (&["next", "to"], Relation::Near),
    (&["to", "the", "right", "of"], Relation::Near),
    (&["to", "the", "left", "of"], Relation::Near),
    (&["at", "the", "right", "of"], Relation::Near),
    (&["at", "the", "left", "of"], Relation::Near),
    (&["on", "the", "right", "of"], Relation::Near),
    (&["on", "the", "left", "of"], Relation::Near),
    (&["right", "of"], Relation::Near),
    (&["left", "of"], Relation::Near),
    (&["in", "front", "of"], Relation::Near),
    (&["on", "top", "of"], Relation::In),
    (&["at", "the", "bottom", "of"], Relation::In),
    (&["at", "the", "top", "of"], Relation::In),
    (&["with", "placeholder"], Relation::With),
    (&["with", "the", "placeholder"], Relation::With),
    (&["underneath"], Relation::Below),
    (&["beneath"], Relation::Below),
    (&["below"], Relation::Below),
    (&["under"], Relation::In),
    (&["above"], Relation::Above),
    (&["beside"], Relation::Near),
    (&["between"], Relation::Near),
    (&["near"], Relation::Near),
    (&["alongside"], Relation::Near),
    (&["by"], Relation::Of),
    (&["inside"], Relation::In),
    (&["within"], Relation::In),
    (&["in"], Relation::In),
    (&["into"], Relation::In),
    (&["on"], Relation::In),
    (&["at"], Relation::In),
    (&["of"], Relation::Of),
    (&["for"], Relation::Of),
    (&["from"], Relation::Of),
    (&["belonging", "to"], Relation::Of),
    (&["with"], Relation::With),
    (&["to"], Relation::Of),
    (&["labelled"], Relation::With),
    (&["labeled"], Relation::With),
    (&["containing"], Relation::With),
    (&["about"], Relation::Of),
    (&["that"], Relation::Of),
    (&["which"], Relation::Of),
];

/// Splits at prepositions, possessives and commas.
fn split(tokens: &[Token], read: &mut Description) {
    let mut parts: Vec<(Option<Relation>, Vec<Token>)> = vec![(None, Vec::new())];
    let mut at = 0;
    'tokens: while at < tokens.len() {
        for (words, relation) in PREPOSITIONS {
            let fits = words.len() <= tokens.len() - at
                && words.iter().zip(&tokens[at..]).all(|(word, token)| token.is(&[word]));
            let last_word = at + words.len() >= tokens.len();
            if fits && !last_word && (at > 0 || *relation != Relation::Near) {
                parts.push((Some(*relation), Vec::new()));
                at += words.len();
                continue 'tokens;
            }
        }
        let token = &tokens[at];
        let current = parts.len() - 1;
        parts[current].1.push(token.clone());
        if token.possessive {
            // What was said so far is the owner of what comes next, which stands where it would have.
            let owner = std::mem::take(&mut parts[current].1);
            let relation = parts[current].0;
            parts[current] = (Some(Relation::Of), owner);
            parts.push((relation, Vec::new()));
        } else if token.pause && at + 1 < tokens.len() {
            let relation = parts[current].0.unwrap_or(Relation::In);
            parts.push((Some(relation), Vec::new()));
        }
        at += 1;
    }
    let mut own = Vec::new();
    for (relation, tokens) in parts {
        let found = phrase(&tokens);
        match relation {
            None => {
                own.extend(found.terms);
                merge_head(&mut read.head, Phrase { terms: Vec::new(), ..found });
            }
            Some(relation) if !found.is_blank() => read.relations.push((relation, found)),
            Some(_) => {}
        }
    }
    read.head.terms.extend(own);
    // `the number of guests field`: the kind stands at the end of all.
    if read.head.kind.is_none()
        && let Some((_, last)) = read.relations.last_mut()
        && last.kind.as_ref().is_some_and(|(kind, _)| matches!(kind, Kind::Field | Kind::Button))
        && !read.head.terms.is_empty()
        && !last.terms.is_empty()
    {
        read.head.kind = last.kind.take();
    }
}

fn merge_head(head: &mut Phrase, found: Phrase) {
    head.kind = head.kind.take().or(found.kind);
    head.ordinal = head.ordinal.or(found.ordinal);
    head.empty |= found.empty;
    if found.place != Place::default() {
        head.place = found.place;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Description, Kind, Ordinal, Relation, read};

    fn parts(description: &str) -> Description {
        read(description, &HashSet::new(), crate::ground::Wanted::Any)
    }

    fn said(description: &Description) -> Vec<String> {
        description.head.terms.iter().map(|term| term.words.join(" ")).collect()
    }

    #[test]
    fn a_thing_its_kind_and_what_it_is_in_come_apart() {
        let read = parts(r#"click the "Add to cart" button of the second product"#);
        assert_eq!(said(&read), ["add to cart"]);
        assert!(matches!(read.head.kind, Some((Kind::Button, _))));
        let (relation, product) = &read.relations[0];
        assert_eq!((*relation, product.ordinal), (Relation::Of, Some(Ordinal::Nth(2))));
    }

    #[test]
    fn what_is_typed_is_not_what_is_looked_for() {
        let read = parts(r#"Type "milk" in the new todo field"#);
        assert!(!said(&read).contains(&"milk".to_owned()));
        let read = parts(r#"Press Enter in the input field "What needs to be done?""#);
        assert!(!said(&read).contains(&"enter".to_owned()));
    }

    #[test]
    fn an_owner_is_a_relation() {
        let read = parts("third row's delete icon");
        assert_eq!(said(&read), ["delete"]);
        assert_eq!(read.relations[0].1.ordinal, Some(Ordinal::Nth(3)));
    }

    #[test]
    fn rows_and_columns_have_numbers() {
        let read = parts("the empty cell in row 2, column 3");
        assert!(read.head.empty);
        let ordinals: Vec<_> = read.relations.iter().map(|(_, phrase)| phrase.ordinal).collect();
        assert_eq!(ordinals, [Some(Ordinal::Nth(2)), Some(Ordinal::Nth(3))]);
    }
}
