//! Where the time went: the spans of a run as a tree.

use std::time::Duration;

use hallmark_reports::bench::Timing;

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

    /// All spans, each with those within it.
    pub(super) fn timings(&self) -> Vec<Timing> {
        self.below(None)
    }

    fn below(&self, parent: Option<usize>) -> Vec<Timing> {
        let children = self.nodes.iter().enumerate().filter(|(_, node)| node.parent == parent);
        let timing = |(index, node): (usize, &Node)| Timing {
            name: node.name.clone(),
            seconds: node.total.as_secs_f64(),
            parts: node.entries,
            inside: self.below(Some(index)),
        };
        children.map(timing).collect()
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
        let inside = vec![Timing { name: "commit".into(), seconds: 0.004, parts: 2, inside: Vec::new() }];
        assert_eq!(tree.timings(), [Timing { name: "prove".into(), seconds: 0.005, parts: 1, inside }]);
    }
}
