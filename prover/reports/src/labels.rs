//! Names beside what they name, in charts: no legend has to be looked up.

/// The heights of labels that want to be at some heights, so that they are a gap apart. They stay in their order, and above the
/// lowest place as long as there is room.
pub(crate) fn spread(wanted: &[i32], gap: i32, lowest: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| wanted[*index]);
    let mut placed = wanted.to_vec();
    let mut free = i32::MIN;
    for &index in &order {
        placed[index] = placed[index].max(free);
        free = placed[index].saturating_add(gap);
    }
    let mut free = lowest;
    for &index in order.iter().rev() {
        placed[index] = placed[index].min(free);
        free = placed[index].saturating_sub(gap);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn labels_keep_their_order_and_their_distance() {
        for (wanted, placed) in [
            (vec![], vec![]),
            (vec![10, 100], vec![10, 100]),
            (vec![50, 50, 50], vec![50, 66, 82]),
            (vec![52, 50], vec![66, 50]),
            // No room below.
            (vec![195, 200, 199], vec![168, 200, 184]),
        ] {
            assert_eq!(spread(&wanted, 16, 200), placed, "{wanted:?}");
        }
    }
}
