//! Where the time went: the spans of a run as a tree.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// The spans of a run. Spans of one name under one parent count as one.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    name: String,
    entries: usize,
    total: Duration,
}

impl Tree {
    /// The node of a span.
    pub(super) fn node(&mut self, parent: Option<usize>, name: &str) -> usize {
        let found = self.nodes.iter().position(|node| node.parent == parent && node.name == name);
        found.unwrap_or_else(|| {
            self.nodes.push(Node { parent, name: name.to_owned(), entries: 0, total: Duration::ZERO });
            self.nodes.len() - 1
        })
    }

    /// Adds time that was spent in a span.
    pub(super) fn add(&mut self, node: usize, time: Duration) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.entries += 1;
            node.total += time;
        }
    }

    fn write(&self, f: &mut Formatter<'_>, parent: Option<usize>, depth: usize) -> fmt::Result {
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.parent == parent) {
            let label = format!("{:indent$}{}", "", node.name, indent = 2 * depth);
            write!(f, "{label:<40} {:>10.2} ms", 1e3 * node.total.as_secs_f64())?;
            writeln!(f, "{}", if node.entries > 1 { format!("  in {} parts", node.entries) } else { String::new() })?;
            self.write(f, Some(index), depth + 1)?;
        }
        Ok(())
    }
}

impl Display for Tree {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f, None, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_one_name_are_added_and_stand_under_their_parent() {
        let mut tree = Tree::default();
        let prove = tree.node(None, "prove");
        for _ in 0..2 {
            let commit = tree.node(Some(prove), "commit");
            tree.add(commit, Duration::from_millis(2));
        }
        tree.add(prove, Duration::from_millis(5));
        let text = tree.to_string();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines, [vec!["prove", "5.00", "ms"], vec!["commit", "4.00", "ms", "in", "2", "parts"]]);
    }
}
