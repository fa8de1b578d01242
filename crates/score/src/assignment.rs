//! Optimal one-to-one assignment of two lists. Knows numbers only.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// Where the exact algorithm would take too long (cells of one component), pairs are taken best
/// first instead.
const MAX_EXACT_CELLS: usize = 160_000;

/// Pairs `0..rows` with `0..columns` so that the sum of the weights is largest. `edges` are the
/// pairs that may be matched, with a positive weight. The result is sorted by row.
///
/// The edges are split into connected components first, which changes no result and keeps the
/// cubic algorithm on small matrices.
pub(crate) fn assign(
    rows: usize,
    columns: usize,
    edges: &[(usize, usize, f64)],
) -> Vec<(usize, usize, f64)> {
    let mut parents: Vec<usize> = (0..rows + columns).collect();
    for (row, column, _) in edges {
        let (a, b) = (root(&mut parents, *row), root(&mut parents, rows + *column));
        parents[a.max(b)] = a.min(b);
    }
    let mut sorted: Vec<(usize, (usize, usize, f64))> =
        edges.iter().map(|edge| (root(&mut parents, edge.0), *edge)).collect();
    sorted.sort_by_key(|(component, (row, column, _))| (*component, *row, *column));
    let mut pairs = Vec::new();
    for component in sorted.chunk_by(|a, b| a.0 == b.0) {
        let edges: Vec<(usize, usize, f64)> = component.iter().map(|(_, edge)| *edge).collect();
        pairs.extend(solve(&edges));
    }
    pairs.sort_by_key(|(row, column, _)| (*row, *column));
    pairs
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

fn solve(edges: &[(usize, usize, f64)]) -> Vec<(usize, usize, f64)> {
    if let [edge] = edges {
        return vec![*edge];
    }
    let distinct = |of: fn(&(usize, usize, f64)) -> usize| {
        let mut list: Vec<usize> = edges.iter().map(of).collect();
        list.sort_unstable();
        list.dedup();
        list
    };
    let (rows, columns) = (distinct(|e| e.0), distinct(|e| e.1));
    if rows.len() * columns.len() > MAX_EXACT_CELLS {
        return best_first(edges);
    }
    // The algorithm wants no more rows than columns.
    let flip = rows.len() > columns.len();
    let (short, long) = if flip { (&columns, &rows) } else { (&rows, &columns) };
    let mut weights = Matrix::new(short.len(), long.len(), 0i64);
    let mut values = Matrix::new(short.len(), long.len(), 0f64);
    for (row, column, weight) in edges {
        let (Ok(r), Ok(c)) = (rows.binary_search(row), columns.binary_search(column)) else {
            continue;
        };
        let at = if flip { (c, r) } else { (r, c) };
        weights[at] = (weight * 1e9).round() as i64;
        values[at] = *weight;
    }
    let (_, chosen) = kuhn_munkres(&weights);
    chosen
        .iter()
        .enumerate()
        .filter(|(s, l)| weights[(*s, **l)] > 0)
        .map(|(s, l)| {
            let (row, column) = if flip { (long[*l], short[s]) } else { (short[s], long[*l]) };
            (row, column, values[(s, *l)])
        })
        .collect()
}

fn best_first(edges: &[(usize, usize, f64)]) -> Vec<(usize, usize, f64)> {
    let mut sorted = edges.to_vec();
    sorted.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
    let mut rows = std::collections::BTreeSet::new();
    let mut columns = std::collections::BTreeSet::new();
    sorted.retain(|(row, column, _)| {
        if rows.contains(row) || columns.contains(column) {
            return false;
        }
        rows.insert(*row);
        columns.insert(*column);
        true
    });
    sorted
}

#[cfg(test)]
mod tests {
    use super::assign;

    #[test]
    fn best_sum_wins_over_best_pair() {
        // Taking (0, 0) first would leave row 1 with nothing.
        let pairs = assign(2, 2, &[(0, 0, 0.9), (0, 1, 0.8), (1, 0, 0.8)]);
        assert_eq!(pairs, [(0, 1, 0.8), (1, 0, 0.8)]);
    }

    #[test]
    fn more_rows_than_columns_leave_rows_over() {
        let pairs = assign(3, 1, &[(0, 0, 0.3), (1, 0, 0.7), (2, 0, 0.5)]);
        assert_eq!(pairs, [(1, 0, 0.7)]);
    }

    #[test]
    fn nothing_pairs_with_nothing() {
        assert!(assign(0, 4, &[]).is_empty());
    }
}
