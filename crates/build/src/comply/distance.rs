//! How far apart two names are.

/// True when one insertion, deletion, substitution or swap of neighbours makes one name the other.
pub(super) fn is_one_edit(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let rest = |name: &'_ [u8], skip: usize| name.get(front + skip..).map(<[u8]>::to_vec);
    let swapped = || match (a.get(front..front + 2), b.get(front..front + 2)) {
        (Some([x, y]), Some([v, w])) => x == w && y == v && rest(a, 2) == rest(b, 2),
        _ => false,
    };
    if a.len() == b.len() {
        rest(a, 1) == rest(b, 1) || swapped()
    } else if a.len() > b.len() {
        rest(a, 1) == rest(b, 0)
    } else {
        rest(a, 0) == rest(b, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_told_from_none_and_from_more() {
        for near in ["lodahs", "lodas", "lodashs", "lodazh", "odash", "xlodash"] {
            assert!(is_one_edit("lodash", near), "{near}");
        }
        for far in ["lodash", "ldoahs", "loda", "lodash-es", ""] {
            assert!(!is_one_edit("lodash", far), "{far}");
        }
    }
}
